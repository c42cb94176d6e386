import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import fc from 'fast-check';
import { checkFraming, parseHead } from './head.ts';
import { HTTP_LIMITS } from './limits.ts';

const HOST = ['Host', 'shop.example'];
const check = (raw: string[], method = 'POST', version = '1.1') => {
  const head = parseHead(raw, HTTP_LIMITS);
  checkFraming(head, method, version);
  return head;
};
const refuses = (code: string, raw: string[], method?: string, version?: string) =>
  assert.throws(
    () => check(raw, method, version),
    (error) => error instanceof Failure && error.code === code,
    JSON.stringify(raw),
  );

test('headers are found by their lower-case name, repeated ones joined', () => {
  const head = check([...HOST, 'Accept', 'a', 'ACCEPT', 'b', 'X-Empty', '']);
  assert.equal(head.get('accept'), 'a, b');
  assert.equal(head.get('x-empty'), '');
  assert.equal(head.get('x-none'), undefined);
  assert.equal(head.get('host'), 'shop.example');
});

test('headers that decide something may come once', () => {
  const names = [
    'Host',
    'Authorization',
    'X-Api-Key',
    'Content-Length',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'Transfer-Encoding',
    'Origin',
    'Expect',
    'SOAPAction',
  ];
  for (const name of names) refuses('malformed', [...HOST, name, '1', name.toLowerCase(), '1']);
});

test('a body is framed in one way only', () => {
  assert.equal(check([...HOST, 'Content-Length', '12']).contentLength, 12);
  assert.equal(check([...HOST, 'Transfer-Encoding', 'Chunked']).hasBody, true);
  refuses('malformed', [...HOST, 'Transfer-Encoding', 'gzip, chunked']);
  refuses('malformed', [...HOST, 'Transfer-Encoding', 'chunked'], 'POST', '1.0');
  refuses('malformed', [...HOST, 'Transfer-Encoding', 'chunked', 'Content-Length', '1']);
  for (const length of ['-1', '+1', '1.0', '0x1', '1 1', '', '1234567890123456']) {
    refuses('malformed', [...HOST, 'Content-Length', length]);
  }
});

test('GET and HEAD have no body', () => {
  for (const method of ['GET', 'HEAD']) {
    refuses('malformed', [...HOST, 'Content-Length', '1'], method);
    refuses('malformed', [...HOST, 'Transfer-Encoding', 'chunked'], method);
    assert.equal(check([...HOST, 'Content-Length', '0'], method).hasBody, false);
  }
});

test('the host is one, and well-formed; only HTTP/1.0 does without', () => {
  for (const host of ['a', 'a.example:80', '[::1]:8080', '127.0.0.1'])
    assert.ok(check(['host', host]));
  for (const host of ['', 'a b', 'a/b', 'a@b', 'a:b', 'a:123456', '[::1', 'a,b', 'é'])
    refuses('malformed', ['host', host]);
  refuses('malformed', []);
  assert.ok(check([], 'GET', '1.0'));
});

test('headers are bounded in number and size', () => {
  const fields = (count: number) =>
    Array.from({ length: count }, (_, index) => [`x-${index}`, 'v']).flat();
  assert.ok(check([...HOST, ...fields(99)]));
  refuses('headers-too-large', [...HOST, ...fields(100)]);
  refuses('headers-too-large', [...HOST, 'x', 'v'.repeat(HTTP_LIMITS.headerBytes)]);
});

test('no headers make the check throw anything but a failure', () => {
  const name = fc.oneof(
    fc.constantFrom('host', 'Content-Length', 'transfer-encoding', 'expect'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), (fields) => {
      try {
        check(fields.flat());
      } catch (error) {
        assert.ok(error instanceof Failure);
      }
    }),
  );
});
