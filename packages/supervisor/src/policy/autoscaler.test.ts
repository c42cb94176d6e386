import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import fc from 'fast-check';
import { type Autoscaler, createAutoscaler, type ScalingDecision } from './autoscaler.ts';
import type { LoadSample } from './load-sample.ts';

/** Calls per second that one replica of the model answers. */
const CAPACITY = 100;
const STARTUP_MS = 2_000;
const LIMIT = 32;
const QUEUE_MAX = 100;

interface Model {
  readonly counts: number[];
  readonly decisions: ScalingDecision[];
  /** Seconds from the start after which everything offered was answered, for good. */
  followedAt(): number;
}

interface Scene {
  readonly seconds: number;
  readonly replicas?: number;
  readonly room?: number;
  offered(second: number): number;
  /** What all replicas together answer per second, whatever their number. */
  readonly ceiling?: number;
}

/** A group of queues behind an even balancer, looked at each second. */
async function run(
  create: (clock: ReturnType<typeof createSimulatedHost>['clock']) => Autoscaler,
  scene: Scene,
): Promise<Model> {
  const host = createSimulatedHost({ seed: 1 });
  const autoscaler = create(host.clock);
  let born: number[] = Array.from({ length: scene.replicas ?? 1 }, () => -60_000);
  let queue = 0;
  let late = 0;
  const counts: number[] = [];
  const decisions: ScalingDecision[] = [];
  for (let second = 0; second < scene.seconds; second++) {
    await host.advance(1_000);
    const now = host.clock.monotonic();
    const ready = born.filter((at) => now - at >= STARTUP_MS).length;
    const capacity = Math.min(scene.ceiling ?? Number.POSITIVE_INFINITY, ready * CAPACITY);
    const wanted = queue + scene.offered(second);
    const served = Math.min(wanted, capacity);
    queue = Math.min(wanted - served, QUEUE_MAX * ready);
    if (served < scene.offered(second)) late = second;
    const load: LoadSample = {
      inFlight: (served / capacity) * LIMIT * 0.5 + queue / Math.max(1, ready),
      limit: LIMIT,
      utilisation: served / Math.max(1, ready) / CAPACITY,
      queueWaitMs: (queue / Math.max(1, capacity)) * 1_000,
      throughput: served / Math.max(1, ready),
    };
    const replicas = born.map((at) => {
      const isReady = now - at >= STARTUP_MS;
      return { ready: isReady, ageMs: now - at, ...(isReady ? { load } : {}) };
    });
    const decision = autoscaler.decide({ replicas, room: scene.room ?? 100 });
    if (decision.kind === 'start')
      born = [...born, ...Array.from({ length: decision.count }, () => now)];
    if (decision.kind === 'drain') born = born.slice(0, born.length - decision.count);
    counts.push(born.length);
    decisions.push(decision);
  }
  return { counts, decisions, followedAt: () => late + 1 };
}

const scaled = (min: number, max: number) => (clock: Parameters<typeof createAutoscaler>[0]) =>
  createAutoscaler(clock, { range: { min, max } });

/** How often the number of replicas turned from growing to shrinking or back. */
function turns(counts: readonly number[]): number {
  const moves = counts.slice(1).map((count, index) => Math.sign(count - (counts[index] ?? 0)));
  const real = moves.filter((move) => move !== 0);
  return real.filter((move, index) => index > 0 && move !== real[index - 1]).length;
}

test('a tenfold step is followed within 30 s, and back again without a second thought', async () => {
  const offered = (second: number) => (second >= 60 && second < 300 ? 600 : 60);
  const model = await run(scaled(1, 16), { seconds: 1_200, offered });
  assert.equal(model.counts[59], 1);
  assert.ok(model.followedAt() - 60 <= 30, `followed after ${model.followedAt() - 60} s`);
  assert.ok((model.counts[299] ?? 0) <= 12, `not far more than needed: ${model.counts[299]}`);
  assert.equal(model.counts.at(-1), 1);
  assert.equal(turns(model.counts), 1);
});

test('it shrinks one by one, 20 s apart, and not for two minutes', async () => {
  const model = await run(scaled(1, 8), { seconds: 600, replicas: 6, offered: () => 10 });
  const drains = model.decisions.flatMap(({ kind }, second) => (kind === 'drain' ? [second] : []));
  assert.ok((drains[0] ?? 0) >= 120, `first at ${drains[0]}`);
  for (const [index, at] of drains.entries())
    if (index > 0) assert.ok(at - (drains[index - 1] ?? 0) >= 20);
  assert.equal(model.counts.at(-1), 1);
});

test('replicas that help nothing are taken back, and not tried again for five minutes', async () => {
  // A shared database answers 150 calls a second, however many ask it.
  const model = await run(scaled(1, 8), { seconds: 300, offered: () => 400, ceiling: 90 });
  const back = model.decisions.findIndex((one) => one.kind === 'drain' && one.reason === 'no-use');
  assert.ok(back > 0, 'nothing was taken back');
  assert.equal(model.counts[back], 1);
  assert.deepEqual(new Set(model.counts.slice(back)), new Set([1]));
});

test('where the machine is full it says so and starts nothing', async () => {
  const model = await run(scaled(1, 8), { seconds: 30, offered: () => 500, room: 0 });
  assert.deepEqual(new Set(model.counts), new Set([1]));
  assert.ok(model.decisions.some(({ kind }) => kind === 'full'));
});

test('at most doubled, or two more, within any 10 s; never outside of its range; steady under steady load', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 24 }),
      async (load, max) => {
        const { counts } = await run(scaled(1, max), { seconds: 900, offered: () => load });
        for (const [second, count] of counts.entries()) {
          assert.ok(count >= 1 && count <= max);
          const window = [1, ...counts].slice(Math.max(0, second - 8), second + 1);
          const base = Math.min(...window);
          assert.ok(count <= Math.max(2 * base, base + 2), `${base} → ${count} at ${second}`);
        }
        assert.ok(turns(counts) <= 1, `flaps: ${counts.join(' ')}`);
        assert.equal(new Set(counts.slice(700)).size, 1);
      },
    ),
    { numRuns: 40 },
  ));
