import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchLoopLag } from './loop-lag.ts';

/** A loop whose turns are made by hand: a clock, and the actions that wait. */
function createLoop() {
  const waiting: { readonly at: number; readonly action: () => void }[] = [];
  const state = { now: 1_000 };
  const timers = {
    after(delayMs: number, action: () => void) {
      const one = { at: state.now + delayMs, action };
      waiting.push(one);
      return { cancel: () => void waiting.splice(waiting.indexOf(one), 1) };
    },
    sleep: () => Promise.reject(new Error('Nobody sleeps here.')),
  };
  const clock = { now: () => state.now, monotonic: () => state.now };
  const fireDue = () => {
    for (const one of waiting.filter(({ at }) => at <= state.now)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.action();
    }
  };
  return { host: { clock, timers }, state, waiting, fireDue };
}

test('a loop that goes round is not late', () => {
  const { host, state, fireDue } = createLoop();
  const lag = watchLoopLag(host);
  for (let turn = 0; turn < 10; turn++) {
    state.now += 20;
    fireDue();
    assert.equal(lag.readMs(), 0);
  }
});

test('what is read after a callback that took long has waited as long, before and after the timers', () => {
  const { host, state, fireDue } = createLoop();
  const lag = watchLoopLag(host);
  state.now += 520;
  assert.equal(lag.readMs(), 500);
  fireDue();
  assert.equal(lag.readMs(), 500);
  // The end of the turn.
  fireDue();
  assert.equal(lag.readMs(), 0);
});

test('leaves no timer behind', () => {
  const { host, waiting } = createLoop();
  watchLoopLag(host).stop();
  assert.equal(waiting.length, 0);
});
