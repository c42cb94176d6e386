import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Logger } from '@portico/service';
import { ask, createTestGateway } from '../fixtures/test-gateway.ts';
import { toBodySource } from '../http/body.ts';
import { createAccessLog, toPrintable } from './access-log.ts';

const gateway = createTestGateway();

/** The raw body of an answer, inflated. */
const read = async (
  target: string,
  headers: Record<string, string> = {},
  listener: 'public' | 'admin' = 'public',
) => {
  const response = await gateway.handle(listener, {
    method: 'GET',
    target,
    version: '1.1',
    headers: Object.entries({ host: '127.0.0.1', ...headers }).flat(),
    body: toBodySource(),
    peer: '127.0.0.1',
    secure: false,
  });
  const bytes = Buffer.from(response.body ?? '');
  const zipped = response.headers.indexOf('content-encoding') >= 0;
  return { response, text: String(zipped ? gunzipSync(bytes) : bytes) };
};

test('the reference page loads nothing that is not ours', async () => {
  const { headers } = await ask(gateway, 'GET /docs');
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /connect-src 'self';/);
  assert.doesNotMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  const { text } = await read('/docs');
  assert.doesNotMatch(text, /https?:\/\//);
  assert.doesNotMatch(text, /<script(?![^>]*src=")/, 'no inline script');
  const scripts = [...text.matchAll(/<script src="([^"]+)"/g)].map(([, path]) => path ?? '');
  assert.equal(scripts.length, 2);
  for (const path of scripts) assert.equal((await ask(gateway, `GET ${path}`)).status, 200, path);
});

test('the reference page shows the documents of the bindings', async () => {
  const { text } = await read('/docs/start.js');
  const configuration = JSON.parse(
    /createApiReference\('#reference', (.*)\);/.exec(text)?.[1] ?? '',
  );
  assert.deepEqual(
    configuration.sources.map(({ url }: { url: string }) => url),
    ['/things/openapi.json', '/soap/things/openapi.json'],
  );
  assert.deepEqual(
    [configuration.telemetry, configuration.withDefaultFonts, configuration.proxyUrl],
    [false, false, undefined],
  );
});

test('its library is served compressed to those who can read it, and may be kept', async () => {
  const script = /src="(\/docs\/reference-[^"]+)"/.exec((await read('/docs')).text)?.[1] ?? '';
  const plain = await read(script);
  const zipped = await read(script, { 'accept-encoding': 'br, gzip;q=0.5' });
  assert.equal(zipped.text, plain.text);
  assert.ok(Buffer.from(zipped.response.body ?? '').length < plain.text.length / 2);
  assert.match(zipped.response.headers.join('\n'), /immutable/);
  assert.doesNotMatch(
    (await read(script, { 'accept-encoding': 'gzip;q=0' })).response.headers.join('\n'),
    /content-encoding/,
  );
});

test('the catalog links every document, absolutely', async () => {
  const { headers, json } = await ask(gateway, 'GET /.well-known/api-catalog');
  assert.equal(
    headers.get('content-type'),
    'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
  );
  assert.match(headers.get('link') ?? '', /rel="api-catalog"/);
  assert.deepEqual((json.linkset as object[])[0], {
    anchor: 'http://test.example/things',
    'service-desc': [
      { href: 'http://test.example/things/openapi.json', type: 'application/vnd.oai.openapi+json' },
    ],
    'service-doc': [{ href: 'http://test.example/docs', type: 'text/html' }],
    status: [{ href: 'http://test.example/readyz', type: 'application/json' }],
  });
});

test('health is told to anyone, its details to administrators', async () => {
  assert.deepEqual((await ask(gateway, 'GET /livez')).json, { status: 'live' });
  assert.deepEqual((await ask(gateway, 'GET /readyz')).json, { status: 'ready' });
  const admin = await ask(gateway, 'GET /readyz', {
    listener: 'admin',
    headers: { host: '127.0.0.1' },
  });
  assert.deepEqual(admin.json, { status: 'ready', checks: { store: 'ok' } });
  const unready = createTestGateway({ readiness: async () => ({ ready: false, checks: 'x' }) });
  const answer = await ask(unready, 'GET /readyz');
  assert.deepEqual([answer.status, answer.json], [503, { status: 'not ready' }]);
});

test('requests are counted by operation, binding and status, never by target', async () => {
  await ask(gateway, 'GET /things/v1/things/canary-1');
  await ask(gateway, 'GET /canary-2?canary-3');
  await ask(gateway, 'GET /soap/things/v1/things/mine');
  const { text, response } = await read('/metrics', {}, 'admin');
  assert.match(response.headers.join('\n'), /text\/plain; version=0\.0\.4/);
  assert.match(
    text,
    /portico_requests_total\{operation="things\.getThing",binding="rest",status="200"\} [1-9]/,
  );
  assert.match(
    text,
    /portico_requests_total\{operation="things\.getMine",binding="soap",status="401"\} 1/,
  );
  assert.match(
    text,
    /portico_requests_total\{operation="unknown",binding="platform",status="404"\} [1-9]/,
  );
  assert.match(
    text,
    /portico_request_duration_seconds_bucket\{le="0\.005",operation="things\.getThing",binding="rest"\}/,
  );
  assert.match(text, /portico_requests_in_flight 1\n/);
  assert.match(text, /process_cpu_seconds_total/);
  assert.doesNotMatch(text, /canary/);
});

test('the log tells what happened without telling what was said', async () => {
  const lines: Record<string, unknown>[] = [];
  const createLog = (bound: object): Logger => ({
    debug() {},
    warn() {},
    error() {},
    info: (fields) => void lines.push({ ...bound, ...fields }),
    child: (fields) => createLog({ ...bound, ...fields }),
  });
  const logged = createTestGateway({ accessLog: createLog({}) });
  await ask(logged, 'POST /things/v1/things?q=canary', {
    body: 'canary',
    headers: {
      'X-Secret': 'canary',
      'X-Request-Id': 'note\u0000\u202e\u2028',
      'User-Agent': 'canary',
    },
  });
  await ask(logged, 'GET /canary/..');
  assert.equal(lines.length, 2);
  assert.doesNotMatch(JSON.stringify(lines), /canary/);
  const { requestId, traceId, durationMs, bytes, ...rest } = lines[0] ?? {};
  assert.deepEqual(rest, {
    listener: 'public',
    method: 'POST',
    route: 'things.addThing',
    status: 200,
    consumer: undefined,
    subjectKind: undefined,
    clientRequestId: 'note\\u0000\\u202e\\u2028',
  });
  assert.equal(String(traceId), String(requestId).replaceAll('-', ''));
  assert.ok(Number(durationMs) >= 0 && Number(bytes) > 0);
});

test('notes are cut, and nothing is written without a log', () => {
  assert.equal(toPrintable('a'.repeat(100)).length, 64);
  assert.doesNotThrow(() => createAccessLog(undefined).write({} as never));
});
