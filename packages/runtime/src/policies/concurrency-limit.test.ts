import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { ConcurrencyLimit, type LimitPeriod } from './concurrency-limit.ts';

const calm: LimitPeriod = {
  ...{ isOverloaded: false, admitted: 1000, waited: 0, peak: 32, completed: 1000 },
};
const overloaded: LimitPeriod = { ...calm, isOverloaded: true };

function start() {
  return new ConcurrencyLimit(CALLEE_DEFAULTS.limit);
}

describe('the concurrency limit', () => {
  it('rises by one each second in which it is used and hardly anybody waits', () => {
    const limit = start();
    limit.adjust(calm);
    assert.equal(limit.value, 33);
    limit.adjust({ ...calm, waited: 51 });
    limit.adjust({ ...calm, peak: 16 });
    assert.equal(limit.value, 33);
  });

  it('falls by a fifth every four seconds of overload, down to eight', () => {
    const limit = start();
    for (let second = 0; second < 3; second++) limit.adjust(overloaded);
    assert.equal(limit.value, 32);
    limit.adjust(overloaded);
    assert.equal(limit.value, 26);
    for (let second = 0; second < 60; second++) limit.adjust(overloaded);
    assert.equal(limit.value, 8);
  });

  it('rises in overload when falling costs throughput: its calls wait for others', () => {
    const limit = start();
    for (let second = 0; second < 90; second++) {
      limit.adjust({ ...overloaded, completed: 10 * limit.value });
    }
    assert(limit.value > 256, `${limit.value}`);
  });

  it('settles near what the service can handle at a time', () => {
    const limit = start();
    const seen: number[] = [];
    for (let second = 0; second < 200; second++) {
      limit.adjust({ ...overloaded, completed: 10 * Math.min(100, limit.value) });
      if (second > 100) seen.push(limit.value);
    }
    assert(Math.min(...seen) >= 64 && Math.max(...seen) <= 160, `${seen}`);
  });

  it('stays within its bounds, whatever happens', () => {
    const period = fc.record({
      isOverloaded: fc.boolean(),
      admitted: fc.nat(10_000),
      waited: fc.nat(100),
      peak: fc.nat(600),
      completed: fc.nat(10_000),
    });
    fc.assert(
      fc.property(fc.array(period, { maxLength: 200 }), (periods) => {
        const limit = start();
        for (const one of periods) {
          limit.adjust(one);
          assert(limit.value >= 8 && limit.value <= 512);
        }
      }),
    );
  });
});
