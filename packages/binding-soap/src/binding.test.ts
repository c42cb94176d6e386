import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@portico/contract';
import { createSoapBinding } from './binding.ts';

const binding = createSoapBinding({ clock: { now: () => 0 } });

function refuse(failure: unknown, contentType?: string) {
  const header = (name: string) => (name === 'content-type' ? contentType : undefined);
  return binding.refuse(failure, { method: 'POST', path: '/soap/x', query: '', header }, 'req-9');
}

test('refuses in the version that the content type names, with the status of HTTP', () => {
  const missing = refuse(Failure.rejected('not-found', 'No such path.'), 'application/soap+xml');
  assert.equal(missing.status, 404);
  assert.match(String(missing.headers['content-type']), /^application\/soap\+xml/);
  assert.match(String(missing.body), /<soap:Value>soap:Sender/);
  const old = refuse(Failure.rejected('too-large', 'Too large.'), 'text/xml');
  assert.equal(old.status, 413);
  assert.match(String(old.body), /<faultcode>soap:Client/);
  assert.match(String(old.body), /<requestId>req-9</);
});

test('says which methods there are', () => {
  const details = { allow: ['GET', 'POST'] };
  const reply = refuse(Failure.rejected('method-not-allowed', 'Use POST.', details));
  assert.deepEqual([reply.status, reply.headers.allow], [405, 'GET, POST']);
});

test('turns anything thrown into a fault without internals', () => {
  const reply = refuse(new TypeError('secret'));
  assert.equal(reply.status, 500);
  assert.doesNotMatch(String(reply.body), /secret/);
});
