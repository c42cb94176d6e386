import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { createRestartPolicy } from './restart-policy.ts';

test('accidents are repaired at once, a crash loop is waited out', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const policy = createRestartPolicy(host);
  for (let exit = 0; exit < 4; exit++) assert.equal(policy.exited(), 0);
  assert.equal(policy.state, 'steady');
  await host.advance(31_000);
  for (let exit = 0; exit < 4; exit++) assert.equal(policy.exited(), 0);
  const waits: number[] = [];
  for (let exit = 0; exit < 8; exit++) {
    waits.push(policy.exited());
    await host.advance(waits.at(-1) ?? 0);
  }
  assert.equal(policy.state, 'backoff');
  for (const [index, wait] of waits.entries()) {
    const full = Math.min(60_000, 1_000 * 2 ** index);
    assert.ok(wait >= full / 2 && wait <= full, `${wait} is not the equal jitter of ${full}`);
  }
});

test('a minute of health clears the past, a shorter one does not', async () => {
  const host = createSimulatedHost({ seed: 2 });
  const policy = createRestartPolicy(host);
  for (let exit = 0; exit < 6; exit++) policy.exited();
  policy.observe(true);
  await host.advance(59_000);
  policy.observe(true);
  assert.equal(policy.state, 'backoff');
  assert.ok(policy.exited() >= 1_000, 'the wait goes on from where it was');
  policy.observe(true);
  await host.advance(60_000);
  policy.observe(true);
  assert.equal(policy.state, 'steady');
  assert.equal(policy.exited(), 0);
});

test('a group has failed after ten minutes of it, and is tried each minute all the same', async () => {
  const host = createSimulatedHost({ seed: 3 });
  const policy = createRestartPolicy(host);
  let elapsed = 0;
  while (policy.state !== 'failed') {
    const wait = policy.exited();
    elapsed += wait;
    await host.advance(wait);
    assert.ok(elapsed < 700_000);
  }
  assert.ok(elapsed >= 600_000);
  assert.equal(policy.exited(), 60_000);
  policy.observe(true);
  await host.advance(60_000);
  assert.equal(policy.state, 'steady');
});

test('however a group ends, there are never more than five starts at once in 30 s', () => {
  const steps = fc.array(fc.record({ pause: fc.nat(40_000), healthy: fc.boolean() }));
  return fc.assert(
    fc.asyncProperty(fc.nat(), steps, async (seed, given) => {
      const host = createSimulatedHost({ seed });
      const policy = createRestartPolicy(host);
      const atOnce: number[] = [];
      for (const { pause, healthy } of given) {
        policy.observe(healthy);
        await host.advance(pause);
        if (policy.exited() === 0) atOnce.push(host.clock.monotonic());
        const recent = atOnce.filter((at) => host.clock.monotonic() - at < 30_000);
        assert.ok(recent.length <= 5);
      }
    }),
    { numRuns: 50 },
  );
});
