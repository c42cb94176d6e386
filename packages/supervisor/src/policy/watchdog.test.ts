import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createWatchdog } from './watchdog.ts';

test('five seconds of silence are noticed; who never spoke, or is forgotten, is not watched', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const watchdog = createWatchdog(host.clock);
  for (const replica of ['cart-0', 'cart-1', 'cart-2']) watchdog.heard(replica);
  watchdog.forget('cart-2');
  for (let second = 0; second < 4; second++) {
    await host.advance(1_000);
    watchdog.heard('cart-0');
    assert.deepEqual(watchdog.silent(), []);
  }
  await host.advance(1_000);
  assert.deepEqual(watchdog.silent(), ['cart-1']);
});

test('a watcher that stood still itself gives everybody the full time again', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const watchdog = createWatchdog(host.clock);
  watchdog.heard('cart-0');
  await host.advance(20_000);
  assert.deepEqual(watchdog.silent(), []);
  for (let second = 0; second < 4; second++) {
    await host.advance(1_000);
    assert.deepEqual(watchdog.silent(), []);
  }
  await host.advance(1_000);
  assert.deepEqual(watchdog.silent(), ['cart-0']);
});
