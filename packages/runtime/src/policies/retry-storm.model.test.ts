import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { CALLER_DEFAULTS } from './defaults.ts';
import { RetryBudget } from './retry-budget.ts';

/** What callers do who wait so long and ask so often. */
const PATIENCE_MS = 1000;
const ATTEMPTS = 3;
const SERVICE_MS = 10;

interface Variant {
  readonly hasBudget: boolean;
  readonly dropsExpired: boolean;
}

/**
 * A server without limits and shedding, first come, first served, at four fifths of what it can do, trebled
 * for ten seconds; callers who repeat what was not answered in time.
 *
 * @returns the part of the calls of the last twenty seconds that were answered in time, half a minute after the
 * spike.
 */
async function goodputAfterSpike({ hasBudget, dropsExpired }: Variant): Promise<number> {
  const host = createSimulatedHost({ seed: 5 });
  const now = () => host.clock.monotonic();
  const budget = new RetryBudget(host, CALLER_DEFAULTS.retryBudget);
  const queue: { readonly deadline: number; answer(): void }[] = [];
  let isWorking = false;
  const work = async () => {
    isWorking = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (dropsExpired && next.deadline <= now()) continue;
      await host.timers.sleep(SERVICE_MS);
      next.answer();
    }
    isWorking = false;
  };
  const attempt = (): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = host.timers.after(PATIENCE_MS, () => resolve(false));
      const answer = () => {
        timer.cancel();
        resolve(true);
      };
      queue.push({ deadline: now() + PATIENCE_MS, answer });
      if (!isWorking) void work();
    });
  const call = async () => {
    for (let made = 1; ; made++) {
      if (await attempt()) {
        budget.earn();
        return true;
      }
      if (made === ATTEMPTS || (hasBudget && !budget.spend())) return false;
    }
  };
  const ends: Promise<boolean>[] = [];
  while (now() < 70_000) {
    const isSpike = now() >= 10_000 && now() < 20_000;
    const end = call();
    if (now() >= 50_000) ends.push(end);
    await host.advance(SERVICE_MS / 0.8 / (isSpike ? 3 : 1));
  }
  await host.advance(ATTEMPTS * PATIENCE_MS);
  const answered = (await Promise.all(ends)).filter(Boolean).length;
  return answered / ends.length;
}

describe('a retry storm, modelled', () => {
  it('is over soon after the spike that began it, with a budget and without work for nothing', async () => {
    assert.equal(await goodputAfterSpike({ hasBudget: true, dropsExpired: true }), 1);
  });

  it('goes on for ever without either', async () => {
    for (const variant of [
      { hasBudget: false, dropsExpired: true },
      { hasBudget: true, dropsExpired: false },
      { hasBudget: false, dropsExpired: false },
    ]) {
      const goodput = await goodputAfterSpike(variant);
      assert(goodput < 0.5, `${JSON.stringify(variant)}: ${goodput}`);
    }
  });
});
