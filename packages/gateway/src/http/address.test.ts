import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressBook, isLoopback, toNetwork } from './address.ts';

test('without trusted proxies, the peer is the client whatever it claims', () => {
  const book = createAddressBook();
  assert.equal(book.clientAddress('203.0.113.9', '198.51.100.1'), '203.0.113.9');
  assert.equal(book.isTrusted('127.0.0.1'), false);
});

test('behind trusted proxies, the rightmost address that is none of them is the client', () => {
  const book = createAddressBook(['10.0.0.0/8', '::1']);
  const from = (peer: string, forwarded?: string) => book.clientAddress(peer, forwarded);
  assert.equal(from('10.1.1.1', '6.6.6.6, 203.0.113.9'), '203.0.113.9');
  assert.equal(from('::ffff:10.1.1.1', '6.6.6.6, 203.0.113.9, 10.2.2.2'), '203.0.113.9');
  assert.equal(from('::1', '2001:db8::7'), '2001:db8::7');
  assert.equal(from('10.1.1.1', undefined), '10.1.1.1');
  assert.equal(from('10.1.1.1', '203.0.113.9, nonsense'), '10.1.1.1');
  assert.equal(from('203.0.113.1', '10.1.1.1'), '203.0.113.1');
  assert.equal(from('10.1.1.1', '10.3.3.3, 10.2.2.2'), '10.3.3.3');
});

test('a proxy that is neither address nor network is refused', () => {
  for (const entry of ['proxy', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/8', '::/129', '']) {
    assert.throws(() => createAddressBook([entry]), /neither an address nor a network/);
  }
});

test('an IPv6 visitor is its /64', () => {
  assert.equal(toNetwork('2001:db8:0:1::5'), toNetwork('2001:db8::1:ffff:2:3:4'));
  assert.notEqual(toNetwork('2001:db8:0:1::5'), toNetwork('2001:db8:0:2::5'));
  assert.equal(toNetwork('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(toNetwork('::1'), '0:0:0:0::/64');
});

test('loopback is recognised in every form', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])
    assert.ok(isLoopback(address));
  for (const address of ['128.0.0.1', '0.0.0.0', '::', '::2', '127.example'])
    assert.ok(!isLoopback(address));
});
