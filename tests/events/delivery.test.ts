import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, simulate, withTransactions } from './fixture.ts';

test('delivers events once, in the order of their commits', () =>
  simulate(async ({ host, start }) => {
    const node = await start();
    await node.publish({ key: 'a', n: 1 }, { key: 'b', n: 2 });
    await node.publish({ key: 'a', n: 3 }, { key: 'c', n: 4, quiet: true });
    await host.advance(200);
    await node.publish({ key: 'a', n: 5 });
    await host.advance(200);
    const effects = await node.effects();
    assert.deepEqual(
      effects.map(({ n }) => n),
      [1, 2, 3, 5],
    );
    assert.deepEqual(
      node.lines.filter(({ level }) => level !== 'info'),
      [],
    );
  }));

test('delivers what was published while nobody listened, and nothing twice after a restart', () =>
  simulate(async ({ host, start }) => {
    const before = await start();
    for (let n = 0; n < 600; n += 100) {
      await before.publish(
        ...Array.from({ length: 100 }, (_, i) => ({ key: `k${i % 7}`, n: n + i })),
      );
    }
    await host.advance(1_000);
    const seen = (await before.effects()).length;
    assert(seen > 0);
    await settled(host, before.runtime.drain());
    const after = await start();
    await after.publish({ key: 'x', n: 600 });
    await host.advance(20_000);
    const effects = await after.effects();
    assert.deepEqual(
      effects.map(({ n }) => n),
      Array.from({ length: 601 }, (_, n) => n),
    );
  }));

test('has the effect once when COMMIT fails before or after it happened', () =>
  simulate(async ({ host, start }) => {
    let before = 0;
    let after = 0;
    const node = await start({
      wrap: (store) =>
        withTransactions(store, async (run, kind) => {
          if (before++ < 8 && before % 2 === 0) throw new Error('before COMMIT');
          const result = await run();
          if (kind.isHandler && after++ % 3 === 1) throw new Error('after COMMIT');
          return result;
        }),
    });
    const events = Array.from({ length: 30 }, (_, n) => ({ key: `k${n % 3}`, n }));
    await node.publish(...events);
    await host.advance(120_000);
    const effects = await node.effects();
    assert.deepEqual(
      effects.map(({ n }) => n).sort((a, b) => a - b),
      events.map(({ n }) => n),
    );
    for (const key of ['k0', 'k1', 'k2']) {
      const own = effects.filter((effect) => effect.key === key).map(({ n }) => n);
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
    }
    assert(after > 10);
  }));
