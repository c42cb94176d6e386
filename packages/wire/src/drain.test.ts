import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Failure } from '@portico/contract';
import { callOf, createBench, createGate, failureOf, getStock, PEERS, until } from './fixtures.ts';
import type { Peer } from './peer.ts';

const bench = createBench();
const { host } = bench;
afterEach(() => bench.closeAll());

describe('a drain', () => {
  it('answers what is under way, takes nothing new, and ends when the callers have gone', async () => {
    const gate = createGate();
    const arrived = createGate();
    const server = await bench.serve(async () => {
      arrived.resolve();
      await gate.promise;
      return { sku: 'done' };
    });
    const replica = await bench.connect(server);
    const under = replica.call(getStock, { sku: 'a' }, callOf(host));
    await arrived.promise;
    const drained = server.drain();
    await until(replica, ({ state }) => state === 'draining');
    const failure = await failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    assert.equal(failure.class, 'NOT_SENT');
    gate.resolve();
    assert.deepEqual(await under, { sku: 'done' });
    await drained;
    assert.equal(server.connections.length, 0);
  });

  it('refuses what was sent before its news arrived', async () => {
    const gate = createGate();
    const server = await bench.serve(() => gate.promise);
    const replica = await bench.connect(server);
    const call = failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    const drained = server.drain();
    const failure = await call;
    assert.deepEqual([failure.class, failure.code], ['REFUSED', 'draining']);
    await drained;
  });

  it('cancels what is left when its time is over', async () => {
    const arrived = createGate();
    const cancelled = createGate();
    const server = await bench.serve((_operation, _input, { cancellation }) => {
      cancellation.onCancel(() => cancelled.resolve());
      arrived.resolve();
      return new Promise(() => {});
    });
    const replica = await bench.connect(server);
    const call = failureOf(replica.call(getStock, { sku: 'a' }, callOf(host)));
    await arrived.promise;
    await server.drain({ graceMs: 10 });
    await cancelled.promise;
    assert.equal((await call).class, 'UNAVAILABLE');
  });

  it('loses no call: each is answered, or may be given to another replica', async () => {
    const handled = { one: 0, two: 0 };
    const handle = (name: 'one' | 'two') => async () => {
      handled[name]++;
      await host.timers.sleep(1);
      return { sku: name };
    };
    const one = await bench.serve(handle('one'));
    const two = await bench.serve(handle('two'), { self: PEERS['inventory-2'] as Peer });
    const replicas = [
      await bench.connect(one),
      await bench.connect(two, { name: 'inventory-2' }),
    ] as const;
    let answered = 0;
    const caller = async () => {
      for (let call = 0; call < 100; call++) {
        for (const replica of replicas) {
          try {
            await replica.call(getStock, { sku: 'a' }, callOf(host));
            answered++;
            break;
          } catch (thrown) {
            assert.ok(thrown instanceof Failure);
            // Anything else would leave open whether it was executed.
            assert.ok(['NOT_SENT', 'REFUSED'].includes(thrown.class), thrown.class);
          }
        }
      }
    };
    const callers = Array.from({ length: 50 }, caller);
    while (handled.one < 500) await host.timers.sleep(0);
    await one.drain();
    await Promise.all(callers);
    assert.equal(answered, 5_000);
    assert.equal(handled.one + handled.two, 5_000);
    assert.ok(handled.two > 0);
  });

  it('from the other end: a replica that is left answers what was sent to it', async () => {
    const gate = createGate();
    const server = await bench.serve(() => gate.promise);
    const replica = await bench.connect(server);
    const call = replica.call(getStock, { sku: 'a' }, callOf(host));
    const gone = replica.close();
    assert.equal(replica.state, 'closed');
    assert.equal((await failureOf(replica.call(getStock, {}, callOf(host)))).class, 'NOT_SENT');
    gate.resolve();
    assert.equal(await call, undefined);
    await gone;
  });
});
