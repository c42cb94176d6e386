import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createZipf, drawLogNormal } from './distributions.ts';
import { createPlan, type PlannedAction } from './plan.ts';

const drawOf = (seed: number) => createSimulatedHost({ seed }).random.float;
const HOUR_MS = 3_600_000;

describe('the plan of a load', () => {
  const plan = createPlan({ rate: 20, forMs: HOUR_MS, draw: drawOf(1) });
  const actions = plan.flatMap((session) => session.actions);
  const share = (items: readonly PlannedAction[], pick: (action: PlannedAction) => boolean) =>
    (100 * items.filter(pick).length) / items.length;
  const near = (actual: number, wanted: number, off: number) =>
    assert.ok(Math.abs(actual - wanted) <= off, `${actual} is not ${wanted} ± ${off}`);

  it('is the same for the same seed, and another one for another', () => {
    const again = createPlan({ rate: 20, forMs: 60_000, draw: drawOf(7) });
    assert.deepEqual(createPlan({ rate: 20, forMs: 60_000, draw: drawOf(7) }), again);
    assert.notDeepEqual(createPlan({ rate: 20, forMs: 60_000, draw: drawOf(8) }), again);
  });

  it('has the rate that was asked for, from the first ten seconds on', () => {
    near(actions.length / 3_600, 20, 0.6);
    const early = Array.from({ length: 20 }, (_, seed) =>
      createPlan({ rate: 20, forMs: 10_000, draw: drawOf(seed) }).flatMap((each) => each.actions),
    );
    near(early.flat().length / 200, 20, 3);
  });

  it('has the mix of actions', () => {
    const wanted = {
      browse: 30,
      product: 26,
      search: 12,
      add: 12,
      cart: 8,
      checkout: 5,
      status: 4,
    };
    for (const [kind, percent] of Object.entries(wanted)) {
      near(
        share(actions, (action) => action.kind === kind),
        percent,
        0.6,
      );
    }
    near(
      share(actions, ({ kind }) => kind === 'signIn'),
      3,
      0.6,
    );
    near(
      share(actions, ({ soap }) => soap),
      2,
      0.3,
    );
  });

  it('has the mix of checkouts', () => {
    const checkouts = actions.filter(({ kind }) => kind === 'checkout');
    const wanted = { plain: 75, twice: 10, cut: 5, declined: 5, challenged: 3, cancelled: 2 };
    for (const [kind, percent] of Object.entries(wanted)) {
      near(
        share(checkouts, ({ checkout }) => checkout === kind),
        percent,
        2,
      );
    }
  });

  it('lets nobody check out without having put something into the cart', () => {
    for (const { actions: mine } of plan) {
      const checkout = mine.findIndex(({ kind }) => kind === 'checkout');
      if (checkout < 0) continue;
      assert.ok(mine.slice(0, checkout).some(({ kind }) => kind === 'add'));
    }
  });

  it('stays within its time, in the order of time', () => {
    for (const { actions: mine } of plan) {
      for (const [index, { atMs }] of mine.entries()) {
        assert.ok(atMs >= 0 && atMs < HOUR_MS);
        assert.ok(atMs >= (mine[index - 1]?.atMs ?? 0));
      }
    }
  });

  it('thinks three seconds in the median, and ten at most', () => {
    const draw = drawOf(3);
    const think = { median: 3_000, spread: 0.6, most: 10_000 };
    const thought = Array.from({ length: 10_001 }, () => drawLogNormal(draw, think)).sort(
      (a, b) => a - b,
    );
    near(thought[5_000] ?? 0, 3_000, 100);
    assert.equal(thought.at(-1), 10_000);
  });

  it('prefers what is popular, as Zipf says', () => {
    const rank = createZipf(100);
    const draw = drawOf(4);
    const counts = Array<number>(100).fill(0);
    for (let each = 0; each < 100_000; each += 1) {
      const picked = rank(draw());
      counts[picked] = (counts[picked] ?? 0) + 1;
    }
    near((counts[0] ?? 0) / (counts[1] ?? 1), 2, 0.1);
    near((counts[0] ?? 0) / (counts[9] ?? 1), 10, 1);
    assert.equal(rank(0.999_999_999_999), 99);
  });
});
