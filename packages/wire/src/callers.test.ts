import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import type { Caller } from '@portico/service';
import { CallerBook } from './caller-book.ts';
import { CALLERS_MAX, type CallerFrame, encodeCaller, parseCaller } from './caller-frame.ts';
import { CallerNumbers } from './caller-numbers.ts';
import { callerOf, createTestTokens, PEERS } from './fixtures.ts';
import type { CallerTokens, Peer } from './peer.ts';
import { ProtocolError } from './protocol-error.ts';

const orders = PEERS['orders-1'] as Peer;
const edge = PEERS['edge-1'] as Peer;

function createNumbers(tokens: Partial<CallerTokens> = {}) {
  const host = createSimulatedHost({ seed: 1 });
  const announced: CallerFrame[] = [];
  const numbers = new CallerNumbers({
    tokens: createTestTokens(tokens),
    clock: host.clock,
    announce: (frame) => void announced.push(frame),
  });
  const numberOf = async (caller: Caller, from: string | undefined = 'orders') => {
    const found = numbers.find(caller, from, host.clock.monotonic());
    if (found >= 0) return found;
    await numbers.announce(caller, from);
    return numbers.find(caller, from, host.clock.monotonic());
  };
  return { host, announced, numberOf };
}

describe('the numbers of callers', () => {
  it('are announced once, for equal callers too', async () => {
    const { announced, numberOf } = createNumbers();
    const ada = callerOf('user:ada');
    const first = await numberOf(ada);
    assert.equal(await numberOf(ada), first);
    assert.equal(await numberOf(callerOf('user:ada')), first);
    assert.notEqual(await numberOf(callerOf('user:bob')), first);
    assert.notEqual(await numberOf(ada, 'cart'), first);
    assert.deepEqual(
      announced.map(({ from, token }) => [from, token]),
      [
        ['orders', '{"subject":"user:ada"}'],
        ['orders', '{"subject":"user:bob"}'],
        ['cart', '{"subject":"user:ada"}'],
      ],
    );
  });

  it('are renewed before a call could outlive their token', async () => {
    let minted = 0;
    const { host, announced, numberOf } = createNumbers({
      tokenFor: () => ({ token: `t${++minted}`, expiresAt: host.clock.now() + 120_000 }),
    });
    const ada = callerOf('user:ada');
    await numberOf(ada);
    await host.advance(59_000);
    await numberOf(ada);
    assert.equal(minted, 1);
    await host.advance(2_000);
    await numberOf(ada);
    assert.equal(minted, 2);
    assert.equal(announced.length, 2);
  });

  it('outlive the question for a newer token where there is none', async () => {
    let asked = 0;
    const { host, announced, numberOf } = createNumbers({
      tokenFor: () => {
        asked++;
        return { token: 't', expiresAt };
      },
    });
    const expiresAt = host.clock.now() + 30_000;
    const ada = callerOf('user:ada');
    const number = await numberOf(ada);
    for (let call = 0; call < 100; call++) assert.equal(await numberOf(ada), number);
    assert.equal(asked, 1);
    await host.advance(1_500);
    assert.equal(await numberOf(ada), number);
    assert.equal(asked, 2);
    assert.equal(announced.length, 1);
    await host.advance(30_000);
    await assert.rejects(numberOf(ada), /has expired/);
  });

  it('are given anew, the oldest first, when there are too many', async () => {
    const { announced, numberOf } = createNumbers();
    const callers = Array.from({ length: CALLERS_MAX }, (_, index) => callerOf(`user:${index}`));
    for (const caller of callers) await numberOf(caller);
    assert.equal(await numberOf(callerOf('user:late')), 0);
    assert.equal(await numberOf(callers[1] as Caller), 1);
    assert.equal(await numberOf(callers[0] as Caller), 1);
    assert.ok(announced.every(({ number }) => number < CALLERS_MAX));
  });
});

describe('CALLER frames', () => {
  it('come out as they went in', () => {
    for (const [from, token] of [
      ['orders', 't'],
      [undefined, 't'],
      ['orders', undefined],
      [undefined, undefined],
    ]) {
      const frame = { number: 4_000, from, token };
      assert.deepEqual(parseCaller(encodeCaller(frame)), frame);
    }
  });

  it('that are none are a breach of the protocol', () => {
    for (const payload of ['', '\0', '\0\0', '\0\0[]', '\0\0{"from":7}', '\0\0{"from":""}']) {
      assert.throws(() => parseCaller(Buffer.from(payload)), ProtocolError);
    }
    assert.throws(() => parseCaller(Buffer.from('\x10\0{}', 'latin1')), /below 4096/);
    const long = Buffer.from(`\0\0{"token":"${'t'.repeat(16_385)}"}`);
    assert.throws(() => parseCaller(long), ProtocolError);
  });
});

describe('who a number means', () => {
  const host = createSimulatedHost({ seed: 1 });
  const bookOf = (peer: Peer, tokens: Partial<CallerTokens> = {}) =>
    new CallerBook(peer, createTestTokens(tokens), host.clock);

  it('is the caller of the token, the service itself, or at the edge nobody', () => {
    const book = bookOf(orders);
    book.take({ number: 0, from: 'orders', token: '{"subject":"user:ada"}' });
    book.take({ number: 1, from: 'orders', token: undefined });
    assert.equal((book.find(0).caller as Caller).subject, 'user:ada');
    assert.equal((book.find(1).caller as Caller).subject, 'service:orders');
    assert.equal(book.find(1).from, 'orders');
    const atEdge = bookOf(edge);
    atEdge.take({ number: 0, from: undefined, token: undefined });
    assert.equal((atEdge.find(0).caller as Caller).via, 'anonymous');
  });

  it('is refused where the peer may not speak for the service, or for nobody', () => {
    const book = bookOf(orders);
    book.take({ number: 0, from: 'payments', token: undefined });
    book.take({ number: 1, from: undefined, token: '{"subject":"user:ada"}' });
    assert.throws(() => book.find(0), /"orders-1" may not speak for "payments"/);
    assert.throws(() => book.find(1), /may not speak for nobody/);
  });

  it('is refused where nobody was announced, or the token is not believed or has expired', async () => {
    const book = bookOf(orders);
    assert.throws(() => book.find(3), /Nobody was announced as caller 3/);
    book.take({ number: 0, from: 'orders', token: 'bad' });
    assert.throws(() => book.find(0), /not to be believed/);
    const expires = host.clock.now() + 1_000;
    book.take({
      number: 0,
      from: 'orders',
      token: JSON.stringify({ subject: 'user:ada', expires }),
    });
    assert.ok(book.find(0));
    await host.advance(1_000);
    assert.throws(() => book.find(0), /has expired/);
  });

  it('may take a while to be found out', async () => {
    const book = bookOf(orders, {
      callerOf: async (token) => {
        if (token === 'no') throw new Error('not signed');
        return callerOf(token);
      },
    });
    book.take({ number: 0, from: 'orders', token: 'user:ada' });
    book.take({ number: 1, from: 'orders', token: 'no' });
    assert.equal(((await book.find(0).caller) as Caller).subject, 'user:ada');
    await assert.rejects(async () => book.find(1).caller, Failure);
    assert.throws(() => book.find(1), /not to be believed/);
  });
});
