import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answered, type Sent, send, sendJson } from './fixtures/exchange.ts';

const document = '/documents/v1/documents/doc_1';
const list = '/documents/v1/documents';
const words = 'POST /documents/v1/countWords';
const keyed = { 'idempotency-key': 'k1' };
const output = { documentId: 'doc_1' };

/** What a request is refused with: status, code and, where there are, the places. */
function refusal({ reply, json, dispatched }: Answered): string {
  assert.equal(dispatched, undefined, 'nothing is dispatched');
  const errors = (json?.errors ?? []) as { pointer: string }[];
  return [reply.status, json?.code, ...errors.map((error) => error.pointer)].join(' ');
}

test('takes parameters of the path and of the query, each converted to its type', async () => {
  const line = `GET ${list}?text=a+b%2B%C3%A9&year=-7&ratio=1.5e2&final=false&tag=1&tag=2&limit=5`;
  const { dispatched } = await send(line, { output: { items: [] } });
  assert.deepEqual(dispatched?.input, {
    text: 'a b+é',
    year: -7,
    ratio: 150,
    final: false,
    tag: [1, 2],
    limit: 5,
  });
  const { dispatched: removed } = await send(`DELETE ${document}?force=true`);
  assert.deepEqual(removed?.input, { documentId: 'doc_1', force: true });
});

test('refuses parameters that are not of their type, without guessing', async () => {
  const wrong = [
    ...['year=1.0', 'year=01', 'year=+1', 'year=1e3', 'year=0x1', 'year=', 'year=-0', 'year=%201'],
    ...['year=9007199254740992', 'ratio=.5', 'ratio=NaN', 'ratio=1e999', 'ratio=-0'],
    ...['final=TRUE', 'final=1', 'final', 'tag=a'],
  ];
  for (const query of wrong) {
    const name = query.split('=')[0];
    assert.equal(refusal(await send(`GET ${list}?${query}`)), `400 invalid /${name}`, query);
  }
});

test('refuses parameters that it does not know, or that come twice, all with their places', async () => {
  const answered = await send(`GET ${list}?text=a&text=b&__proto__=1&a%2Fb=1`);
  assert.equal(refusal(answered), '400 invalid /text /__proto__ /a~1b');
  assert.equal(refusal(await sendJson(`${words}?x=1`, { text: '' })), '400 invalid /x');
  assert.equal(refusal(await send(`GET ${list}?text=%zz`)), '400 malformed');
});

test('takes a JSON body for other methods, and leaves validation to the dispatcher', async () => {
  const { dispatched } = await sendJson(words, '{"text":1,"__proto__":{"a":1}}', { output: {} });
  assert.deepEqual(Object.entries(dispatched?.input as object), [
    ['text', 1],
    ['__proto__', { a: 1 }],
  ]);
});

test('refuses bodies that are no JSON object', async () => {
  assert.equal(refusal(await sendJson(words, '[]')), '400 invalid ');
  assert.equal(refusal(await sendJson(words, 'null')), '400 invalid ');
  assert.equal(refusal(await sendJson(words, '{"text":')), '400 malformed');
  assert.equal(refusal(await sendJson(words, '{"text":"","text":""}')), '400 malformed /text');
  assert.equal(refusal(await sendJson(words, '')), '400 malformed');
});

test('takes an empty body where no member is required', async () => {
  const { dispatched } = await send(`POST ${document}/touch`);
  assert.deepEqual(dispatched?.input, { documentId: 'doc_1' });
});

test('refuses integers that a double would round, and keeps numbers that may be inexact', async () => {
  const line = `POST ${list}`;
  const sent = { headers: keyed, output };
  for (const size of ['9007199254740992', '9007199254740993', '1e16', '9007199254740993.0']) {
    const answered = await sendJson(line, `{"title":"","size":${size},"weight":1}`, sent);
    assert.equal(refusal(answered), '400 invalid /size', size);
  }
  const { dispatched } = await sendJson(line, '{"size":9007199254740991,"weight":1e300}', sent);
  assert.deepEqual(dispatched?.input, { size: Number.MAX_SAFE_INTEGER, weight: 1e300 });
  const zero = await sendJson(line, '{"size":-0}', sent);
  assert.equal(refusal(zero), '400 invalid /size');
});

test('refuses in the body what stands in the path or in If-Match', async () => {
  const headers = { 'if-match': '"3"' };
  const body = { documentId: 'doc_2', revision: 4, title: 'x' };
  const answered = await sendJson(`PUT ${document}`, body, { headers });
  assert.equal(refusal(answered), '400 invalid /documentId /revision');
});

test('takes the version from If-Match', async () => {
  const update = (tag: string | undefined, sent: Sent = {}) => {
    const headers: Record<string, string> = tag === undefined ? {} : { 'if-match': tag };
    return sendJson(`PUT ${document}`, { title: 'x' }, { ...sent, headers });
  };
  const { dispatched } = await update('"3"', { output: {} });
  assert.deepEqual(dispatched?.input, { title: 'x', documentId: 'doc_1', revision: 3 });
  assert.equal(refusal(await update(undefined)), '428 precondition-missing');
  assert.equal(refusal(await update('*')), '428 precondition-missing');
  assert.equal(refusal(await update('W/"3"')), '412 precondition-failed');
  assert.equal(refusal(await update('"other"')), '412 precondition-failed');
  assert.equal(refusal(await update('"3", "4"')), '400 malformed');
  assert.equal(refusal(await update('3')), '400 malformed');
});

test('takes JSON in UTF-8 and nothing else', async () => {
  const accepted = ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'];
  for (const type of accepted) {
    const headers = { 'content-type': type };
    assert.ok((await sendJson(words, { text: '' }, { headers, output: {} })).dispatched, type);
  }
  const refused = ['text/plain', 'application/json; charset=latin1', 'application/jsonp', '*/*'];
  for (const type of refused) {
    const answered = await sendJson(words, { text: '' }, { headers: { 'content-type': type } });
    assert.equal(refusal(answered), '415 unsupported-media-type', type);
    assert.ok(!answered.steps.includes('body'), 'the body is not even read');
  }
  assert.equal(refusal(await send(words, { body: '{"text":""}' })), '415 unsupported-media-type');
});

test('hands the bytes and headers of a raw operation on as they came', async () => {
  const headers = { 'x-signature': 's1', 'content-type': 'application/octet-stream' };
  const body = Uint8Array.from([0, 255, 10]);
  const { dispatched } = await send('POST /documents/v1/notices/psp', { headers, body });
  assert.deepEqual(dispatched?.input, { source: 'psp', bytes: 'AP8K', signature: 's1' });
});
