import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, createTestGateway } from './fixtures/test-gateway.ts';
import { Things } from './fixtures/things-api.ts';

const gateway = createTestGateway();

test('an operation is reached by its path, its parameters decoded', async () => {
  const { status, json } = await ask(gateway, 'GET /things/v1/things/a%2Fb');
  assert.equal(status, 200);
  assert.deepEqual(json, {
    operation: 'things.getThing',
    input: { name: 'a/b' },
    via: 'anonymous',
    permissions: [],
  });
});

test('a body reaches its operation', async () => {
  const { json } = await ask(gateway, 'POST /things/v1/things', { body: 'hello' });
  assert.deepEqual(json.input, { body: 'hello' });
});

test('every answer carries the headers that keep browsers from misusing it', async () => {
  for (const target of ['/things/v1/things/a', '/nowhere', '/a//b', '/livez']) {
    const { headers } = await ask(gateway, `GET ${target}`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none'; frame-ancestors 'none'",
    );
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.match(headers.get('traceparent') ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    for (const name of [
      'server',
      'x-powered-by',
      'strict-transport-security',
      'vary',
      'set-cookie',
    ]) {
      assert.equal(headers.get(name), null);
    }
  }
});

test('the request id is ours, whatever the client calls it', async () => {
  const { headers } = await ask(gateway, 'GET /livez', { headers: { 'X-Request-Id': 'mine' } });
  assert.notEqual(headers.get('x-request-id'), 'mine');
});

test('unknown paths are refused by the binding that owns them', async () => {
  const rest = await ask(gateway, 'GET /things/v1/nothing');
  assert.deepEqual([rest.status, rest.json.binding], [404, 'rest']);
  const soap = await ask(gateway, 'GET /soap/nothing');
  assert.deepEqual([soap.status, soap.json.binding], [404, 'soap']);
  const nobody = await ask(gateway, 'GET /');
  assert.deepEqual([nobody.status, nobody.json.binding], [404, 'rest']);
});

test('a known path names its methods', async () => {
  const refused = await ask(gateway, 'DELETE /things/v1/things/a');
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS, PUT');
  const options = await ask(gateway, 'OPTIONS /things/v1/things/a');
  assert.equal(options.status, 204);
  assert.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS, PUT');
  assert.equal((await ask(gateway, 'OPTIONS *')).status, 204);
  for (const method of ['TRACE', 'CONNECT', 'get', 'BREW']) {
    assert.equal((await ask(gateway, `${method} /things/v1/things`)).status, 405, method);
  }
});

test('a method is never taken from a header', async () => {
  const headers = { 'X-HTTP-Method-Override': 'PUT' };
  const { json } = await ask(gateway, 'GET /things/v1/things/a', { headers });
  assert.equal(json.operation, 'things.getThing');
});

test('HEAD answers as GET does, without the body', async () => {
  const get = await ask(gateway, 'GET /things/v1/things/a');
  const head = await ask(gateway, 'HEAD /things/v1/things/a');
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), get.headers.get('content-length'));
  assert.deepEqual(head.json, {});
});

test('what a listener serves is what the contracts declare for it', () => {
  const served = (listener: 'public' | 'admin') =>
    gateway
      .routes(listener)
      .filter(({ binding }) => binding === 'rest')
      .map(({ label }) => label)
      .sort();
  const declared = (...exposures: string[]) =>
    Object.values(Things.operations)
      .filter(({ exposure }) => exposures.includes(exposure))
      .map(({ id }) => id)
      .sort();
  assert.deepEqual(served('public'), declared('public', 'partner'));
  assert.deepEqual(served('admin'), declared('admin'));
  const own = gateway.routes('public').filter(({ binding }) => binding === 'platform');
  assert.deepEqual(
    own.map(({ path }) => path.replace(/-[0-9.]+\.js/, '-N.js')),
    [
      '/livez',
      '/readyz',
      '/.well-known/api-catalog',
      '/docs',
      '/docs/start.js',
      '/docs/reference-N.js',
    ],
  );
});

test('what is hidden answers exactly as what never was', async () => {
  const anonymize = (json: object) => JSON.stringify({ ...json, requestId: '' });
  const unknown = await ask(gateway, 'GET /things/v1/never');
  for (const target of ['/things/v1/inspection', '/things/v1/recount', '/metrics']) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const hidden = await ask(gateway, `${method} ${target}`);
      assert.equal(hidden.status, 404, target);
      assert.equal(anonymize(hidden.json), anonymize(unknown.json));
      assert.deepEqual([...hidden.headers.keys()], [...unknown.headers.keys()]);
    }
  }
});

test('bodies that are too large, oddly coded or not gzip are refused', async () => {
  const small = createTestGateway({ limits: { bodyBytes: 10 } });
  const post = (body: string, headers = {}) =>
    ask(small, 'POST /things/v1/things', { body, headers });
  assert.equal((await post('0123456789')).status, 200);
  const large = await post('0123456789a');
  assert.deepEqual([large.status, large.close], [413, true]);
  assert.equal((await post('x', { 'content-encoding': 'br' })).status, 415);
  assert.equal((await post('x', { 'content-encoding': 'gzip, gzip' })).status, 415);
  assert.equal((await post('x', { 'content-encoding': 'gzip' })).status, 400);
});

test('what names an identity or a path outside is not believed', async () => {
  const seen: (string | undefined)[] = [];
  const names = [
    'x-user-id',
    'x-consumer-id',
    'portico-caller',
    'forwarded',
    'x-forwarded-for',
    'x-real-ip',
    'tracestate',
    'baggage',
    'cookie',
    'authorization',
    'x-plain',
  ];
  const peeking = createTestGateway({
    bindings: [
      {
        name: 'peek',
        routes: () => [
          {
            method: 'GET',
            path: '/peek',
            label: 'peek',
            async handle({ request }) {
              seen.push(...names.map((name) => request.header(name)));
              return { status: 204, headers: {} };
            },
          },
        ],
        documents: () => [],
        refuse: () => ({ status: 400, headers: {} }),
      },
    ],
  });
  const headers = Object.fromEntries(names.map((name) => [name, 'x']));
  assert.equal((await ask(peeking, 'GET /peek', { headers })).status, 204);
  assert.deepEqual(seen, [...names.slice(0, -1).map(() => undefined), 'x']);
});

test('a binding that throws is a 500 without detail, and logged', async () => {
  const lines: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, text: string) => void lines.push(text),
    child: () => log,
  };
  const broken = createTestGateway({
    log,
    accessLog: false,
    handler: () => {
      throw new Error('secret path /etc/x');
    },
  });
  const { status, json } = await ask(broken, 'GET /things/v1/things/a');
  assert.equal(status, 500);
  assert.doesNotMatch(JSON.stringify(json), /secret/);
  assert.deepEqual(lines, ['a request failed unexpectedly']);
});

test('CORS is off unless origins are named, and then exact', async () => {
  const preflight = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'PUT' };
  const off = await ask(gateway, 'OPTIONS /things/v1/things/a', { headers: preflight });
  assert.equal(off.headers.get('access-control-allow-origin'), null);
  const open = createTestGateway({ policy: { cors: { origins: ['https://app.example'] } } });
  const on = await ask(open, 'OPTIONS /things/v1/things/a', { headers: preflight });
  assert.equal(on.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.equal(on.headers.get('access-control-allow-methods'), 'GET, HEAD, OPTIONS, PUT');
  assert.equal(on.headers.get('access-control-allow-credentials'), null);
  const foreign = await ask(open, 'GET /livez', {
    headers: { Origin: 'https://app.example.evil' },
  });
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  assert.equal(foreign.headers.get('vary'), 'origin');
  assert.throws(
    () => createTestGateway({ policy: { cors: { origins: ['*'] } } }),
    /not an exact origin/,
  );
});

test('a listener beyond this machine needs protection', async () => {
  const start = (open: string, admin: string, policy = {}) =>
    createTestGateway({
      policy,
      listeners: { public: { host: open, port: 0 }, admin: { host: admin, port: 0 } },
    }).listen();
  await assert.rejects(start('0.0.0.0', '127.0.0.1'), /public listener is bound to 0.0.0.0.*TLS/);
  await assert.rejects(start('127.0.0.1', '192.0.2.1'), /admin listener is bound to 192.0.2.1/);
});

test('two routes at one place stop the start', () => {
  const { bindings } = {
    bindings: [1, 2].map(() => ({
      name: 'twice',
      routes: () => [
        {
          method: 'GET',
          path: '/a',
          label: 'a',
          handle: async () => ({ status: 204, headers: {} }),
        },
      ],
      documents: () => [],
      refuse: () => ({ status: 400, headers: {} }),
    })),
  };
  assert.throws(() => createTestGateway({ bindings }), /at GET \/a/);
});
