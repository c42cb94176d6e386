import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSimulatedHost } from './simulated-host.ts';

test('runs timers in order of time, then of making, and never early', async () => {
  const holds = async (delays: readonly number[]) => {
    const { timers, clock, ...host } = createSimulatedHost({ seed: 1 });
    const ran: { at: number; index: number; due: number }[] = [];
    for (const [index, due] of delays.entries()) {
      timers.after(due, () => ran.push({ at: clock.monotonic(), index, due: Math.max(0, due) }));
    }
    await host.runUntilIdle();
    assert.equal(ran.length, delays.length);
    for (const { at, due } of ran) assert.equal(at, due);
    const expected = [...ran].sort((a, b) => a.due - b.due || a.index - b.index);
    assert.deepEqual(ran, expected);
  };
  const delays = fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 30 });
  await fc.assert(fc.asyncProperty(delays, holds), { numRuns: 50 });
});

test('lets promises settle between timers, so that what they set runs in the same advance', async () => {
  const { timers, clock, advance } = createSimulatedHost({ seed: 1 });
  const woken: number[] = [];
  const loop = async () => {
    for (let round = 0; round < 5; round++) {
      await timers.sleep(10);
      woken.push(clock.monotonic());
    }
  };
  const done = loop();
  await advance(35);
  assert.deepEqual(woken, [10, 20, 30]);
  assert.equal(clock.monotonic(), 35);
  await advance(1_000);
  await done;
  assert.deepEqual(woken, [10, 20, 30, 40, 50]);
});

test('does not run cancelled timers', async () => {
  const { timers, advance } = createSimulatedHost({ seed: 1 });
  const ran: string[] = [];
  const cancelled = timers.after(1, () => ran.push('cancelled'));
  timers.after(1, () => ran.push('kept'));
  cancelled.cancel();
  cancelled.cancel();
  await advance(5);
  assert.deepEqual(ran, ['kept']);
});

test('is idle when only background timers are left', async () => {
  const { timers, clock, runUntilIdle } = createSimulatedHost({ seed: 1 });
  let ticks = 0;
  const tick = () => {
    ticks++;
    timers.after(10, tick, { background: true });
  };
  tick();
  timers.after(35, () => {});
  await runUntilIdle();
  assert.equal(clock.monotonic(), 35);
  assert.equal(ticks, 4);
});

test('ends a sleep with the reason of its signal', async () => {
  const { timers, advance } = createSimulatedHost({ seed: 1 });
  const controller = new AbortController();
  const reason = new Error('enough');
  const asleep = assert.rejects(timers.sleep(100, controller.signal), reason);
  await advance(10);
  controller.abort(reason);
  await asleep;
  await assert.rejects(timers.sleep(1, controller.signal), reason);
});

test('starts when it is told to, and jumps only on the wall', async () => {
  const host = createSimulatedHost({ seed: 1, startAt: 5_000 });
  assert.equal(host.clock.now(), 5_000);
  await host.advance(250);
  host.jump(-1_000);
  assert.equal(host.clock.now(), 4_250);
  assert.equal(host.clock.monotonic(), 250);
});

test('makes the same ids for the same seed', () => {
  const idsOf = (seed: number) => {
    const { ids } = createSimulatedHost({ seed });
    return [ids.uuid(), ids.prefixed('ord'), ids.uuid()];
  };
  assert.deepEqual(idsOf(7), idsOf(7));
  assert.notDeepEqual(idsOf(7), idsOf(8));
});
