import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHost } from './host.ts';

test('runs what is due later after what is due sooner, and what is cancelled never', async () => {
  const { timers } = createHost();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    timers.after(15, () => {
      ran.push('15');
      resolve();
    });
    timers.after(1, () => ran.push('1'));
    timers.after(1, () => ran.push('cancelled')).cancel();
  });
  assert.deepEqual(ran, ['1', '15']);
});

test('runs what is due now, or was, in the order of asking', async () => {
  const { timers } = createHost();
  const ran: string[] = [];
  timers.after(0, () => ran.push('now'));
  timers.after(-1, () => ran.push('past'));
  timers.after(0, () => ran.push('cancelled')).cancel();
  assert.deepEqual(ran, []);
  await timers.sleep(0);
  assert.deepEqual(ran, ['now', 'past']);
});

test('runs what is due now though nothing else happens, in the background too', async () => {
  const { timers } = createHost();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    const far = timers.after(5_000, resolve);
    const hop = (left: number) => {
      ran.push('hop');
      if (left > 0) timers.after(0, () => hop(left - 1), { background: true });
      else {
        far.cancel();
        resolve();
      }
    };
    hop(3);
  });
  assert.equal(ran.length, 4);
});

test('does not fire at once what is due in more than 24.8 days', async () => {
  const { timers } = createHost();
  let fired = false;
  const never = timers.after(Number.POSITIVE_INFINITY, () => {
    fired = true;
  });
  const long = timers.after(2 ** 31 + 10, () => {
    fired = true;
  });
  await timers.sleep(5);
  never.cancel();
  long.cancel();
  assert.equal(fired, false);
});

test('refuses a delay that is not a number', () => {
  assert.throws(() => createHost().timers.after(Number.NaN, () => {}), /needs a delay/);
});

test('sleeps at least as long as asked, and wakes early only by its signal', async () => {
  const { timers, clock } = createHost();
  const startedAt = clock.monotonic();
  await timers.sleep(10);
  // Node's timers count whole milliseconds and may be up to one early.
  assert.ok(clock.monotonic() - startedAt >= 9);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(timers.sleep(60_000, signal), /enough/);
});
