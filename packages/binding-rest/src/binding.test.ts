import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { createRestBinding } from './binding.ts';
import { send, system } from './fixtures/exchange.ts';

const binding = createRestBinding();

test('routes every operation, HEAD beside GET, and its documents', () => {
  const routes = binding.routes(system).map((route) => `${route.method} ${route.path}`);
  assert.equal(new Set(routes).size, routes.length);
  for (const { api, operations } of system.apis) {
    for (const { http } of operations) {
      const path = `/${api.name}/v${api.major}${http.path}`;
      assert.ok(routes.includes(`${http.method} ${path}`), path);
    }
  }
  const of = (method: string) => routes.filter((route) => route.startsWith(`${method} `));
  const paths = of('GET').map((route) => route.replace('GET', 'HEAD'));
  assert.deepEqual(of('HEAD').sort(), paths.sort());
  const labels = new Set(binding.routes(system).map((route) => route.label));
  assert.ok(labels.has('documents.getDocument') && labels.has('openapi:stock'));
});

test('lists the documents that it serves', () => {
  assert.deepEqual(binding.documents(system), [
    { path: '/openapi.json', mediaType: 'application/json', api: undefined, anchor: '/' },
    {
      path: '/documents/v1/openapi.json',
      mediaType: 'application/json',
      api: 'documents',
      anchor: '/documents/v1',
    },
    {
      path: '/stock/v2/openapi.json',
      mediaType: 'application/json',
      api: 'stock',
      anchor: '/stock/v2',
    },
  ]);
});

test('serves a document with the origin of the request, and 304 when it is known', async () => {
  const { reply, json } = await send('GET /openapi.json');
  assert.deepEqual(json?.servers, [{ url: 'https://api.portico.test' }]);
  const headers = { 'if-none-match': String(reply.headers.etag) };
  assert.equal((await send('HEAD /openapi.json', { headers })).reply.status, 304);
});

test('serves no document to whom the listener does not know', async () => {
  const refuses = { authenticate: Failure.rejected('unauthenticated', 'Who?') };
  const { reply } = await send('GET /stock/v2/openapi.json', { refuses });
  assert.equal(reply.status, 401);
});

test('refuses in its own form what never reached a route', () => {
  const request = { method: 'GET', path: '/x', query: '', header: () => undefined };
  const failure = Failure.rejected('unknown-operation', 'There is nothing here.');
  const reply = binding.refuse(failure, request, 'req-1');
  assert.equal(reply.status, 404);
  const bug = binding.refuse(new TypeError('secret'), request, 'req-1');
  assert.equal(bug.status, 500);
  assert.doesNotMatch(String(bug.body), /secret/);
});

test('challenges as the system says', async () => {
  const challenges = ['Bearer realm="shop"', 'Basic realm="shop"'];
  const failure = Failure.rejected('unauthenticated', 'Who?');
  const request = { method: 'GET', path: '/x', query: '', header: () => undefined };
  const reply = createRestBinding({ challenges }).refuse(failure, request, 'req-1');
  assert.deepEqual(reply.headers['www-authenticate'], challenges);
});
