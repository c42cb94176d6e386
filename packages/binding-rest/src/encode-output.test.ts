import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, sendJson } from './fixtures/exchange.ts';

const document = '/documents/v1/documents/doc_1';
const list = '/documents/v1/documents';
const etag = { revision: 3, title: 'x' };

test('answers 200 with JSON that nobody may keep', async () => {
  const { reply, json } = await sendJson(
    'POST /documents/v1/countWords',
    { text: 'a' },
    {
      output: { words: 1 },
    },
  );
  assert.equal(reply.status, 200);
  assert.deepEqual(json, { words: 1 });
  assert.deepEqual(
    { ...reply.headers },
    {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    },
  );
});

test('answers 201 with the address of what was made, encoded', async () => {
  const headers = { 'idempotency-key': 'k' };
  const output = { documentId: 'doc 1/ü' };
  const { reply, json } = await sendJson(`POST ${list}`, { title: 'x' }, { headers, output });
  assert.equal(reply.status, 201);
  assert.equal(
    reply.headers.location,
    'https://api.portico.test/documents/v1/documents/doc%201%2F%C3%BC',
  );
  assert.deepEqual(json, output);
});

test('answers 204 and nothing where the operation has no output', async () => {
  const { reply } = await send(`DELETE ${document}`);
  assert.equal(reply.status, 204);
  assert.equal(reply.body, undefined);
  assert.equal(reply.headers['content-type'], undefined);
});

test('gives the version as the tag, also of what was changed', async () => {
  const read = await send(`GET ${document}`, { output: etag });
  assert.equal(read.reply.headers.etag, '"3"');
  const changed = await sendJson(
    `PUT ${document}`,
    { title: 'x' },
    {
      headers: { 'if-match': '"3"' },
      output: { revision: 4 },
    },
  );
  assert.equal(changed.reply.headers.etag, '"4"');
});

test('answers 304 without a body when the client has this version', async () => {
  for (const tag of ['"3"', 'W/"3"', '"1", W/"3" , "x,y"', '*']) {
    const headers = { 'if-none-match': tag };
    const { reply } = await send(`GET ${document}`, { headers, output: etag });
    assert.equal(reply.status, 304, tag);
    assert.deepEqual({ ...reply.headers }, { 'cache-control': 'no-store', etag: '"3"' });
    assert.equal(reply.body, undefined);
  }
  const headers = { 'if-none-match': '"2", "33"' };
  const { reply } = await send(`GET ${document}`, { headers, output: etag });
  assert.equal(reply.status, 200);
});

test('makes a tag from the body where there is no version, so that it can be revalidated', async () => {
  const output = { items: [] };
  const first = await send(`GET ${list}`, { output });
  const tag = String(first.reply.headers.etag);
  assert.match(tag, /^"[\w-]{43}"$/);
  const headers = { 'if-none-match': tag };
  assert.equal((await send(`GET ${list}`, { headers, output })).reply.status, 304);
  const other = await send(`GET ${list}`, { headers, output: { items: [], next: 'c' } });
  assert.equal(other.reply.status, 200);
  assert.notEqual(other.reply.headers.etag, tag);
  const stock = await send('GET /stock/v2/stock/MUG-1', { output: { sku: 'MUG-1' } });
  assert.equal(stock.reply.headers.etag, undefined, 'no work where nobody asked');
});

test('lets caches keep what the contract says', async () => {
  const { reply } = await send(`GET ${list}`, { output: { items: [] } });
  assert.equal(reply.headers['cache-control'], 'public, max-age=60');
});

test('links the next page and keeps the other parameters', async () => {
  const { reply } = await send(`GET ${list}?text=a+b&tag=1&tag=2&cursor=old&limit=5`, {
    output: { items: [], next: 'n&"<>' },
  });
  assert.deepEqual(reply.headers.link, [
    `<${list}?text=a%20b&tag=1&tag=2&limit=5&cursor=n%26%22%3C%3E>; rel="next"`,
  ]);
  const last = await send(`GET ${list}`, { output: { items: [] } });
  assert.equal(last.reply.headers.link, undefined);
});

test('says since when an operation is deprecated, when it ends and what to use', async () => {
  const { reply } = await send(`POST ${document}/touch`);
  assert.equal(reply.headers.deprecation, `@${Date.UTC(2026, 0, 1) / 1_000}`);
  assert.equal(reply.headers.sunset, 'Fri, 01 Jan 2027 00:00:00 GMT');
  assert.deepEqual(reply.headers.link, [`<${document}>; rel="successor-version"`]);
});
