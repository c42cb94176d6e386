import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import type { Replica } from '@portico/service/spi';
import fc from 'fast-check';
import { type Balancer, createBalancer } from './balancer.ts';
import { CALLER_DEFAULTS } from './defaults.ts';
import { createFakeReplica, type FakeReplica, Stock } from './fixtures.ts';

const { read } = Stock.operations;

function start(names: readonly string[]) {
  const host = createSimulatedHost({ seed: 7 });
  const balancer = createBalancer({ host, ...CALLER_DEFAULTS });
  const replicas = names.map((name) => createFakeReplica(name));
  const choose = (tried: readonly Replica[] = []) =>
    balancer.choose(replicas, { operation: read, tried })?.name;
  const shares = (count: number) => {
    const chosen = Array.from({ length: count }, () => choose());
    return (name: string) => chosen.filter((one) => one === name).length / count;
  };
  return { host, balancer, replicas, choose, shares };
}

/** `replica` answers a call. */
function answer(balancer: Balancer, replica: Replica, tookMs: number) {
  const record = balancer.recordOf(replica);
  record.began();
  record.ended({ operation: read, tookMs, isConnected: true, end: { kind: 'answered' } });
}

function fail(balancer: Balancer, replica: Replica, failure: Failure, isConnected = true) {
  const record = balancer.recordOf(replica);
  record.began();
  const end = { kind: 'failed', failure, isUnanswered: true } as const;
  return record.ended({ operation: read, tookMs: 1, isConnected, end });
}

const died = () => new Failure('UNAVAILABLE', 'unavailable', 'It died.');

/** All have answered, and their slow start is over. */
async function warm(host: SimulatedHost, balancer: Balancer, replicas: readonly FakeReplica[]) {
  for (const replica of replicas) answer(balancer, replica, 10);
  await host.advance(10_000);
  for (const replica of replicas) answer(balancer, replica, 10);
}

describe('the balancer', () => {
  it('spreads calls evenly over equal replicas', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b', 'c', 'd']);
    await warm(host, balancer, replicas);
    const share = shares(4000);
    for (const { name } of replicas) assert(share(name) > 0.2 && share(name) < 0.3, name);
  });

  it('prefers the faster, the less busy and the less loaded of two', async () => {
    const { host, balancer, replicas, choose } = start(['a', 'b']);
    await warm(host, balancer, replicas);
    const [a, b] = replicas as [FakeReplica, FakeReplica];
    answer(balancer, a, 30);
    assert.equal(choose(), 'b');
    b.inFlight = 5;
    assert.equal(choose(), 'a');
    b.inFlight = 0;
    b.load = 3;
    assert.equal(choose(), 'a');
  });

  it('counts a failure as a call that took all its time: who fails fast must not look best', async () => {
    const { host, balancer, replicas, choose } = start(['a', 'b']);
    await warm(host, balancer, replicas);
    const [a] = replicas as [FakeReplica];
    fail(balancer, a, new Failure('OVERLOADED', 'overloaded', 'Busy.'));
    assert.equal(choose(), 'b');
    assert(balancer.recordOf(a).latencyMs(host.clock.monotonic()) > 900);
  });

  it('goes to suspects and to those tried before only when nobody else is there', async () => {
    const { host, balancer, replicas, choose } = start(['a', 'b', 'c']);
    await warm(host, balancer, replicas);
    const [a, b, c] = replicas as [FakeReplica, FakeReplica, FakeReplica];
    a.suspect = true;
    for (let round = 0; round < 20; round++) assert.equal(choose([b]), 'c');
    assert.equal(choose([b, c]), 'a');
    b.state = 'draining';
    c.state = 'closed';
    assert.equal(choose([a]), 'a');
    a.state = 'connecting';
    assert.equal(choose(), undefined);
  });

  it('asks a new replica one call at a time until it has answered', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b', 'c']);
    const [, , c] = replicas as [FakeReplica, FakeReplica, FakeReplica];
    await warm(host, balancer, replicas.slice(0, 2));
    assert(shares(300)('c') > 0.3);
    balancer.recordOf(c).began();
    assert.equal(shares(300)('c'), 0);
    balancer.recordOf(c).ended({
      ...{ operation: read, tookMs: 1, isConnected: true, end: { kind: 'given-up' } },
    });
    assert(shares(300)('c') > 0.3);
  });

  it('gives a replica that has come a growing part of its share', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b']);
    const [a, b] = replicas as [FakeReplica, FakeReplica];
    await warm(host, balancer, [a]);
    answer(balancer, b, 5);
    assert(shares(1000)('b') < 0.15);
    await host.advance(5000);
    answer(balancer, a, 10);
    const half = shares(1000)('b');
    assert(half > 0.4 && half < 0.6, `${half}`);
    await host.advance(5000);
    assert.equal(shares(100)('b'), 1);
  });

  it('leaves a failing replica alone, then asks it once before it trusts it again', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b', 'c']);
    await warm(host, balancer, replicas);
    const [, , c] = replicas as [FakeReplica, FakeReplica, FakeReplica];
    for (let call = 0; call < 5; call++) fail(balancer, c, died());
    assert.equal(shares(300)('c'), 0);
    await host.advance(5000);
    answer(balancer, replicas[0] as Replica, 10);
    const record = balancer.recordOf(c);
    record.began();
    assert.equal(record.isBeingProbed, true);
    const end = { kind: 'failed', failure: died(), isUnanswered: false } as const;
    assert.equal(record.ended({ operation: read, tookMs: 1, isConnected: true, end }), true);
    assert.equal(record.ejection.times, 2);
  });

  it('leaves a replica alone at once that refuses connections', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b', 'c']);
    await warm(host, balancer, replicas);
    const refused = new Failure('NOT_SENT', 'not-sent', 'Connection refused.');
    assert.equal(fail(balancer, replicas[2] as Replica, refused), false);
    assert.equal(fail(balancer, replicas[2] as Replica, refused, false), true);
    assert.equal(shares(100)('c'), 0);
  });

  it('trusts no ejection when more than half are ejected, and so never ejects the last', async () => {
    const { host, balancer, replicas, shares } = start(['a', 'b', 'c']);
    await warm(host, balancer, replicas);
    for (const replica of replicas) balancer.recordOf(replica).ejection.eject();
    const share = shares(300);
    for (const { name } of replicas) assert(share(name) > 0.1, name);
  });

  it('always chooses somebody who is ready, and never anybody else', () => {
    const states = fc.constantFrom('ready', 'ready', 'connecting', 'draining', 'closed');
    const one = fc.record({
      state: states as fc.Arbitrary<Replica['state']>,
      suspect: fc.boolean(),
      ejected: fc.boolean(),
      probed: fc.boolean(),
      tried: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (given) => {
        const { balancer, replicas } = start(given.map((_, index) => `${index}`));
        for (const [index, { state, suspect, ejected, probed }] of given.entries()) {
          const replica = replicas[index] as FakeReplica;
          Object.assign(replica, { state, suspect });
          if (ejected) balancer.recordOf(replica).ejection.eject();
          if (probed) balancer.recordOf(replica).began();
        }
        const tried = replicas.filter((_, index) => given[index]?.tried);
        const chosen = balancer.choose(replicas, { operation: read, tried });
        const isSomebodyReady = given.some(({ state }) => state === 'ready');
        assert.equal(chosen?.state, isSomebodyReady ? 'ready' : undefined);
      }),
    );
  });
});
