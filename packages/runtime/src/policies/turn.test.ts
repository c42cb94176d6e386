import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from './admission.ts';
import { CALLEE_DEFAULTS } from './callee-defaults.ts';
import { ProcessGuard } from './process-guard.ts';
import { Turn } from './turn.ts';

/** Visitors whose handlers take 3 ms of the processor each, in turns of an event loop. */
function start() {
  let now = 0;
  let due: (() => void)[] = [];
  const order: string[] = [];
  const after = (_delayMs: number, action: () => void) => {
    due.push(action);
    return { cancel: () => {} };
  };
  const clock = { now: () => now, monotonic: () => now };
  const turn = new Turn({ clock, timers: { after, sleep: () => Promise.resolve() } });
  const admission = new Admission(turn, CALLEE_DEFAULTS, new ProcessGuard(CALLEE_DEFAULTS.guard));
  const handle = (name: string) => {
    now += 3;
    order.push(name);
    admission.leave();
  };
  const enter = (name: string, criticality: 'default' | 'critical' = 'default') => {
    const visitor = {
      ...{ criticality, waitingSince: 0 },
      proceed: () => handle(name),
      shed: () => order.push(`${name} is shed`),
    };
    if (admission.tryEnter() || admission.wait(visitor)) handle(name);
  };
  const nextTurn = async () => {
    const present = due;
    due = [];
    for (const action of present) action();
    await Promise.resolve();
  };
  return { enter, order, nextTurn, admission };
}

test('a turn of the event loop is not for all who came in it: the rest waits, the most critical first', async () => {
  const { enter, order, nextTurn, admission } = start();
  for (const name of ['a', 'b', 'c', 'd', 'e']) enter(name);
  enter('critical', 'critical');
  assert.deepEqual(order, ['a', 'b']);
  assert.equal(admission.stats().queued, 4);
  await nextTurn();
  assert.deepEqual(order, ['a', 'b', 'critical', 'c']);
  await nextTurn();
  assert.deepEqual(order, ['a', 'b', 'critical', 'c', 'd', 'e']);
  assert.deepEqual(admission.stats().queued, 0);
});

test('a busy event loop alone sheds nobody, as long as there are no more than may be handled at a time', async () => {
  const { enter, order, nextTurn, admission } = start();
  const names = Array.from({ length: 32 }, (_each, index) => `${index}`);
  for (let round = 0; round < 10; round++) {
    for (const name of names) enter(name);
    while (admission.stats().queued > 0) await nextTurn();
  }
  assert.equal(order.length, 320);
  assert.equal(admission.stats().shed.stale, 0);
});

test('more than may be handled at a time are shed once they wait too long', async () => {
  const { enter, nextTurn, admission } = start();
  for (let index = 0; index < 120; index++) enter(`${index}`);
  while (admission.stats().queued > 0) await nextTurn();
  assert.ok(admission.stats().shed.stale > 0);
});
