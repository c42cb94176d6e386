import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { createDeadlineWheel, type Due } from './deadline-wheel.ts';
import { createSimulatedHost } from './simulated-host.ts';

/** As late as a deadline may be noticed: one slot. */
const LATE_MAX_MS = 4;

function start() {
  const host = createSimulatedHost({ seed: 1 });
  const wheel = createDeadlineWheel(host);
  const fired: { readonly deadline: number; readonly at: number }[] = [];
  const add = (deadline: number): Due => {
    const due: Due = {
      deadline,
      slot: -1,
      nextDue: undefined,
      previousDue: undefined,
      onDue: () => fired.push({ deadline, at: host.clock.monotonic() }),
    };
    wheel.add(due);
    return due;
  };
  return { host, wheel, fired, add };
}

describe('the deadline wheel', () => {
  it('notices every deadline in time and none too early, near and far', async () => {
    const delays = fc.array(fc.oneof(fc.nat(50), fc.nat(5000), fc.nat(60_000)), { maxLength: 30 });
    const property = fc.asyncProperty(delays, delays, async (first, second) => {
      const { host, add, fired } = start();
      for (const delay of first) add(delay);
      await host.advance(777);
      for (const delay of second) add(777 + delay);
      await host.advance(61_000);
      assert.equal(fired.length, first.length + second.length);
      for (const { deadline, at } of fired) {
        assert.ok(at >= deadline && at <= deadline + LATE_MAX_MS, `${deadline} noticed at ${at}`);
      }
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('forgets what ended in time', async () => {
    const { host, wheel, add, fired } = start();
    const [first, second, third] = [add(100), add(100), add(100)];
    if (first) wheel.remove(first);
    if (third) wheel.remove(third);
    if (third) wheel.remove(third);
    await host.advance(200);
    assert.deepEqual(fired.length, 1);
    assert.equal(second?.slot, -1);
  });

  it('does not keep a process alive, and sets no timer per call', async () => {
    const { host, wheel, add } = start();
    const after = host.timers.after;
    let set = 0;
    const counting = createDeadlineWheel({
      clock: host.clock,
      timers: {
        ...host.timers,
        after: (delayMs, action, options) => {
          set++;
          assert.equal(options?.background, true);
          return after(delayMs, action, options);
        },
      },
    });
    wheel.stop();
    add(10);
    for (let index = 0; index < 1000; index++) {
      const due = {
        deadline: 3000 + index,
        slot: -1,
        nextDue: undefined,
        previousDue: undefined,
        onDue() {},
      };
      counting.add(due);
      counting.remove(due);
    }
    assert.equal(set, 1);
  });
});
