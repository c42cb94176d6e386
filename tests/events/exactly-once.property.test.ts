import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { type NodeOptions, settled, simulate, withTransactions } from './fixture.ts';

/** What may go wrong, each with its own probability. */
interface Faults {
  /** The handler throws before its transaction. */
  readonly handler: number;
  readonly beforeCommit: number;
  /** Committed, but whoever waits for it does not learn of it. */
  readonly afterCommit: number;
}

/** One turn of a history. */
type Turn =
  | { readonly kind: 'publish'; readonly keys: readonly string[] }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'restart' };

const probability = fc.constantFrom(0, 0.05, 0.2);
const faults: fc.Arbitrary<Faults> = fc.record({
  handler: probability,
  beforeCommit: probability,
  afterCommit: probability,
});
const turn: fc.Arbitrary<Turn> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      keys: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(10, 300, 7_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

/** Faults that end: no event fails more often than it is tried, and nothing fails after the history. */
function toOptions(seed: number, chances: Faults, isOver: () => boolean): NodeOptions {
  const { random } = createSimulatedHost({ seed });
  const failures = new Map<number, number>();
  const happens = (chance: number) => !isOver() && random.float() < chance;
  return {
    behave: ({ payload: { n } }) => {
      const count = failures.get(n) ?? 0;
      if (count >= 3 || !happens(chances.handler)) return;
      failures.set(n, count + 1);
      throw new Error('the handler fails');
    },
    wrap: (store) =>
      withTransactions(store, async (run) => {
        if (happens(chances.beforeCommit)) throw new Error('before COMMIT');
        const result = await run();
        if (happens(chances.afterCommit)) throw new Error('after COMMIT');
        return result;
      }),
  };
}

test('every event takes effect exactly once, in order per key, whatever fails', async () => {
  const history = fc.array(turn, { minLength: 1, maxLength: 12 });
  const seeds = fc.integer({ min: 1, max: 2 ** 31 });
  const property = fc.asyncProperty(seeds, faults, history, (seed, chances, turns) =>
    simulate(async ({ host, start }) => {
      let isOver = false;
      let published = 0;
      const keys: string[] = [];
      const options = toOptions(seed, chances, () => isOver);
      let node = await start(options);
      for (const one of turns) {
        if (one.kind === 'pass') await host.advance(one.ms);
        if (one.kind === 'publish') {
          keys.push(...one.keys);
          await node.publish(...one.keys.map((key) => ({ key, n: published++ })));
        }
        if (one.kind === 'restart') {
          await settled(host, node.runtime.drain({ graceMs: 50 }));
          node = await start(options);
        }
      }
      isOver = true;
      await host.advance(20 * 60_000);
      const letters = await node.runtime.events.list();
      assert.deepEqual(letters, []);
      const effects = await node.effects();
      for (const key of ['a', 'b', 'c']) {
        const expected = [...keys.keys()].filter((n) => keys[n] === key);
        const own = effects.filter((effect) => effect.key === key).map(({ n }) => n);
        assert.deepEqual(own, expected, `effects of key ${key}`);
      }
    }, seed),
  );
  await fc.assert(property, { numRuns: 12 });
});
