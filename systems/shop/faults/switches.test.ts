import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import { createProcessEffects, withSkew } from './process-faults.ts';
import { createSwitches } from './switches.ts';

const MINUTE_MS = 60_000;

describe('a fault', () => {
  const start = () => {
    const host = createSimulatedHost({ seed: 1 });
    return { host, switches: createSwitches(host) };
  };

  it('ends by itself, and lets go on what waits because of it', async () => {
    const { host, switches } = start();
    const { ended } = switches.on('cart.errors', {}, MINUTE_MS);
    await host.advance(MINUTE_MS - 1);
    assert.ok(switches.take('cart.errors'));
    await host.advance(1);
    assert.equal(switches.take('cart.errors'), undefined);
    assert.ok(ended.aborted);
    assert.deepEqual(switches.list(), []);
  });

  it('lasts ten minutes at most, and is told nothing beyond its bounds', () => {
    const { switches } = start();
    assert.throws(() => switches.on('cart.errors', {}, 10 * MINUTE_MS + 1), /lasts 10m at most/);
    assert.throws(() => switches.on('events.lag', { ms: 25_001 }, 1), /events.lag: ms: Too big/);
    assert.throws(() => switches.on('process.leak', { mb: 65 }, 1), /process.leak: mb: Too big/);
    assert.throws(() => switches.on('cart.errors', { speed: 1 }, 1), /Unrecognized key/);
    assert.deepEqual(switches.list(), []);
  });

  it('hits as often and as seldom as it is told', () => {
    const { switches } = start();
    switches.on('cart.errors', { rate: 0.3 }, MINUTE_MS);
    const hits = Array.from({ length: 1_000 }, () => switches.take('cart.errors'));
    const share = hits.filter((hit) => hit !== undefined).length / hits.length;
    assert.ok(share > 0.25 && share < 0.35, `${share}`);
    switches.on('cart.errors', { count: 2 }, MINUTE_MS);
    const twice = Array.from({ length: 5 }, () => switches.take('cart.errors') !== undefined);
    assert.deepEqual(twice, [true, true, false, false, false]);
  });

  it('of the clock shifts what time it is, and no duration', async () => {
    const { host, switches } = start();
    const { clock } = withSkew(host, switches);
    switches.on('clock.skew', { ms: -20_000 }, MINUTE_MS);
    assert.equal(clock.now(), host.clock.now() - 20_000);
    assert.equal(clock.monotonic(), host.clock.monotonic());
    await host.advance(MINUTE_MS);
    assert.equal(clock.now(), host.clock.now());
  });

  it('blocks the event loop once, and not when it was taken back before', async () => {
    const host = createSimulatedHost({ seed: 1 });
    // A clock that goes on while nothing else does.
    let now = 0;
    const clock = { now: host.clock.now, monotonic: () => (now += 50) };
    const switches = createSwitches(host, createProcessEffects({ clock, timers: host.timers }));
    switches.on('process.block', { ms: 1_000 }, MINUTE_MS);
    switches.off('process.block');
    await host.advance(1_000);
    assert.equal(now, 0);
    const fault = switches.on('process.block', { ms: 1_000 }, MINUTE_MS);
    await host.advance(1_000);
    assert.ok(now >= 1_000);
    assert.equal(fault.hits, 1);
  });
});
