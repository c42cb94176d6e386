import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createSagaWatch } from './saga-watch.ts';

describe('whoever waits for a saga', () => {
  const start = () => {
    const host = createSimulatedHost({ seed: 1 });
    const watch = createSagaWatch(host.timers);
    const seen: string[] = [];
    const wait = (id: string, atMostMs: number) =>
      void watch.next(id, atMostMs).then(() => seen.push(id));
    return { host, watch, seen, wait };
  };

  it('is woken when it has moved, and only then', async () => {
    const { host, watch, seen, wait } = start();
    wait('a', 10_000);
    wait('a', 10_000);
    wait('b', 10_000);
    watch.tell('a');
    watch.tell('nobody');
    await host.advance(1);
    assert.deepEqual(seen, ['a', 'a']);
  });

  it('looks again after its time, and soon, since other processes are not heard of', async () => {
    const { host, seen, wait } = start();
    wait('short', 20);
    wait('long', 60_000);
    await host.advance(20);
    assert.deepEqual(seen, ['short']);
    await host.advance(480);
    assert.deepEqual(seen, ['short', 'long']);
  });
});
