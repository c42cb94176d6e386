import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RollingSum } from './rolling-sum.ts';

describe('a rolling sum', () => {
  it('is the sum of what was added within its steps, however time passes', () => {
    const events = fc.array(fc.record({ waitMs: fc.nat(5000), amount: fc.nat(9) }));
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 6 }), (added, steps) => {
        let now = 0;
        const sum = new RollingSum({ clock: { monotonic: () => now }, stepMs: 1000, steps });
        const log: { step: number; amount: number }[] = [];
        for (const { waitMs, amount } of added) {
          now += waitMs;
          sum.add(amount);
          const step = Math.floor(now / 1000);
          log.push({ step, amount });
          const kept = log.filter((one) => one.step > step - steps);
          assert.equal(
            sum.total,
            kept.reduce((total, one) => total + one.amount, 0),
          );
        }
      }),
    );
  });

  it('adds to an earlier step as long as it remembers it', () => {
    let now = 0;
    const sum = new RollingSum({ clock: { monotonic: () => now }, stepMs: 1000, steps: 3 });
    const { step } = sum;
    now = 2000;
    sum.add(1, step);
    assert.deepEqual([sum.total, sum.present], [1, 0]);
    now = 3000;
    sum.add(1, step);
    assert.equal(sum.total, 0);
  });
});
