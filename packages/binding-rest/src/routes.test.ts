import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { send, sendJson } from './fixtures/exchange.ts';

const document = '/documents/v1/documents/doc_1';

test('takes the steps of a request in the order of enforcement', async () => {
  const { steps } = await sendJson('POST /documents/v1/countWords', {}, { output: {} });
  assert.deepEqual(steps, ['authenticate', 'admit', 'body', 'dispatch']);
  const read = await send(`GET ${document}`, { output: {} });
  assert.deepEqual(read.steps, ['authenticate', 'admit', 'dispatch'], 'no body is read');
});

test('reads no body and looks at no input before the caller is admitted', async () => {
  const refuses = { admit: Failure.rejected('forbidden', 'No.', { permissions: ['a:b'] }) };
  const denied = await send(`PUT ${document}?x=%`, { refuses, headers: { accept: 'text/html' } });
  assert.deepEqual(denied.steps, ['authenticate', 'admit']);
  assert.equal(denied.reply.status, 403);
  const stranger = { authenticate: Failure.rejected('unauthenticated', 'Who?') };
  const unknown = await send(`GET ${document}`, { refuses: stranger });
  assert.deepEqual(unknown.steps, ['authenticate']);
  assert.equal(unknown.reply.status, 401);
});

test('answers HEAD as GET, for the gateway to drop the body', async () => {
  const { reply } = await send(`HEAD ${document}`, { output: { revision: 1 } });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.etag, '"1"');
});

test('passes the idempotency key of a keyed operation, quoted or bare, and wants one', async () => {
  const line = 'POST /documents/v1/documents';
  const output = { documentId: 'doc_1' };
  for (const header of ['"a \\"b\\""', 'a-b', '"a-b"']) {
    const headers = { 'idempotency-key': header };
    const { dispatched } = await sendJson(line, { title: '' }, { headers, output });
    assert.equal(dispatched?.options?.key, header.startsWith('"a ') ? 'a "b"' : 'a-b');
  }
  assert.equal((await sendJson(line, { title: '' })).json?.code, 'key-missing');
  for (const header of ['', 'a b', 'a,b', '"a"x', '"', 'ü', `"${'k'.repeat(256)}"`, '"a", "b"']) {
    const headers = { 'idempotency-key': header };
    const { json } = await sendJson(line, { title: '' }, { headers });
    assert.equal(json?.code, 'malformed', header);
  }
});

test('ignores an idempotency key where none is needed', async () => {
  const headers = { 'idempotency-key': 'a b' };
  const { dispatched } = await send(`DELETE ${document}`, { headers });
  assert.deepEqual(dispatched, {
    operation: 'documents.removeDocument',
    input: { documentId: 'doc_1' },
    options: undefined,
  });
});

test('refuses to answer in a form that the client excludes, before anything is done', async () => {
  const status = async (accept: string) => {
    const answered = await send(`GET ${document}`, { headers: { accept }, output: {} });
    return answered.reply.status;
  };
  for (const accept of ['', '*/*', 'text/html, application/*;q=0.1', 'APPLICATION/JSON']) {
    assert.equal(await status(accept), 200, accept);
  }
  for (const accept of ['text/html', 'application/json;q=0, */*', 'application/problem+json']) {
    assert.equal(await status(accept), 406, accept);
  }
  const { reply } = await send(`DELETE ${document}`, { headers: { accept: 'text/html' } });
  assert.equal(reply.status, 204, 'without output there is nothing to accept');
});

test('turns failures into problems of the operation', async () => {
  const data = { title: 'x', by: 'doc_2' };
  const headers = { 'idempotency-key': 'k' };
  const throws = new Failure('APP', 'app', 'Taken.', { name: 'TitleTaken', data });
  const { reply, json } = await sendJson(
    'POST /documents/v1/documents',
    { title: 'x' },
    {
      headers,
      throws,
    },
  );
  assert.equal(reply.status, 409);
  assert.equal(json?.type, 'urn:portico:problem:documents:TitleTaken');
  assert.equal(json?.by, 'doc_2');
});

test('leaves what is no failure to the gateway, which logs it', async () => {
  const mistake = new TypeError('a mistake of ours');
  await assert.rejects(send(`GET ${document}`, { throws: mistake }), mistake);
});
