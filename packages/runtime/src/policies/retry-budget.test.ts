import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { CALLER_DEFAULTS } from './defaults.ts';
import { RetryBudget } from './retry-budget.ts';

describe('a retry budget', () => {
  it('lets few calls be repeated without any success, then refuses', () => {
    const budget = new RetryBudget(createSimulatedHost({ seed: 1 }), CALLER_DEFAULTS.retryBudget);
    const spent = Array.from({ length: 40 }, () => budget.spend());
    assert.equal(spent.filter(Boolean).length, 30);
    assert.equal(budget.refused, 10);
  });

  it('earns one repetition with ten calls that went well, and forgets it after ten seconds', async () => {
    const host = createSimulatedHost({ seed: 1 });
    const budget = new RetryBudget(host, { share: 0.1, perSecond: 0, memoryMs: 10_000 });
    for (let call = 0; call < 9; call++) budget.earn();
    assert.equal(budget.spend(), false);
    budget.earn();
    await host.advance(9_000);
    assert.equal(budget.balance, 1);
    await host.advance(1_000);
    assert.equal(budget.spend(), false);
  });

  it('gives no more in ten seconds than a tenth of the successes it remembers and three a second', async () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.nat(4000), earned: fc.nat(60), wanted: fc.nat(60) }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const host = createSimulatedHost({ seed: 1 });
        const budget = new RetryBudget(host, CALLER_DEFAULTS.retryBudget);
        const log: { at: number; earned: number; spent: number }[] = [];
        for (const { waitMs, earned, wanted } of given) {
          await host.advance(waitMs);
          for (let call = 0; call < earned; call++) budget.earn();
          let spent = 0;
          for (let call = 0; call < wanted; call++) if (budget.spend()) spent++;
          log.push({ at: Math.floor(host.clock.monotonic() / 1000), earned, spent });
        }
        for (const { at } of log) {
          const since = (seconds: number) =>
            log.filter((one) => one.at > at - seconds && one.at <= at);
          const sum = (of: 'earned' | 'spent', seconds: number) =>
            since(seconds).reduce((total, one) => total + one[of], 0);
          // What is spent now was earned in the ten seconds before it.
          assert(sum('spent', 10) <= 30 + sum('earned', 20) / 10 + 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });
});
