import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readMachine } from '@portico/supervisor';
import { groupsOf, type SupervisedShop, startSupervisedShop } from '../processes/kit.ts';
import loadedShop from './loaded-shop.ts';
import { type Asked, createOpenLoad, isGood } from './open-load.ts';

/** From then on so many replicas were wanted, and so many served. */
export interface ScaleStep {
  /** Since the load was raised. */
  readonly atMs: number;
  readonly wanted: number;
  readonly ready: number;
}

/** What a run came to. */
export interface AutoscaleFigures {
  readonly steps: readonly ScaleStep[];
  /** From the raise until all of a second, and of each later one, was answered as hoped. */
  readonly followedMs: number;
  /** From the end of the raise until there were as many replicas as before. */
  readonly backMs: number;
  /** Times that the number turned round, but for the one turn from up to down. */
  readonly flaps: number;
  readonly before: Answers;
  readonly raised: Answers;
  readonly after: Answers;
  /** How often the machine had no room for what was wanted. */
  readonly full: number;
  readonly cores: number;
  /** Share of the last 10 s in which something waited for a processor, highest of the raise; 0 where unknown. */
  readonly cpuPressure: number;
}

/** How a phase was answered. */
export interface Answers {
  readonly requests: number;
  readonly failed: number;
}

/** Nine calls at once in a cart that takes half a second, then ninety: two replicas take 64, and want 38. */
const CALM_PER_SECOND = 18;
const RAISE = 10;
/** Replicas younger than 10 s are not asked, and doubts about their use take 30 s. */
const CALM_MS = 15_000;
const RAISED_MS = 60_000;
const PATIENCE_MS = 3_000;
/** Two minutes without a wish, then one each 20 s. */
const BACK_WITHIN_MS = 300_000;
/** The cart has critical operations: two is its least. */
const REPLICAS = { min: 2, max: 4 };
const GUESTS = 24;
const LOOK_MS = 250;

/** Ten times the load for a minute, on a cart that may have up to four replicas. */
export async function runAutoscale(onStep: (step: ScaleStep) => void): Promise<AutoscaleFigures> {
  const shop = await startSupervisedShop(
    { ...groupsOf(), cart: { services: ['cart'], replicas: REPLICAS } },
    { system: loadedShop, module: join(import.meta.dirname, 'loaded-shop.ts') },
  );
  const mix = await Promise.all(Array.from({ length: GUESTS }, () => toGuest(shop.origin)));
  const load = createOpenLoad(shop.origin, mix, PATIENCE_MS);
  let raisedAt = performance.now() + CALM_MS;
  const watched = watch(shop, () => raisedAt, onStep);
  try {
    const before = await load.send(CALM_PER_SECOND, CALM_MS);
    raisedAt = performance.now();
    const raised = await load.send(RAISE * CALM_PER_SECOND, RAISED_MS);
    const endedAt = performance.now();
    const { cpuPressure = 0 } = readMachine();
    const after: Asked[] = [];
    while (performance.now() - endedAt < BACK_WITHIN_MS && !watched.isBack())
      after.push(...(await load.send(CALM_PER_SECOND, 1_000)));
    const isBack = watched.isBack();
    return {
      steps: watched.steps,
      followedMs: followed(raised, raisedAt),
      backMs: isBack ? performance.now() - endedAt : Number.POSITIVE_INFINITY,
      flaps: Math.max(0, turnsOf(watched.steps) - 1),
      ...{ before: count(before), raised: count(raised), after: count(after) },
      full: countFull(shop.directory),
      ...{ cores: readMachine().cores, cpuPressure },
    };
  } finally {
    await watched.stop();
    load.close();
    await shop.stop();
  }
}

async function toGuest(origin: string) {
  const answer = await fetch(`${origin}/identity/v1/guests`, {
    ...{ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
  });
  if (!answer.ok) throw new Error(`nobody becomes a guest: ${await answer.text()}`);
  const { accessToken } = (await answer.json()) as { readonly accessToken: string };
  const headers = { authorization: `Bearer ${accessToken}` };
  return { kind: 'cart', path: '/cart/v1/mine', headers };
}

/** Writes down how many replicas there are, whenever that changes. */
function watch(shop: SupervisedShop, since: () => number, onStep: (step: ScaleStep) => void) {
  const steps: ScaleStep[] = [];
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      const status = await shop.supervision.getStatus().catch(() => undefined);
      const group = status?.groups.find(({ name }) => name === 'cart');
      if (group) {
        const ready = group.replicas.filter(({ phase }) => phase === 'ready').length;
        const last = steps.at(-1);
        if (last?.wanted !== group.wanted || last.ready !== ready) {
          const step = { atMs: performance.now() - since(), wanted: group.wanted, ready };
          steps.push(step);
          onStep(step);
        }
      }
      await pause(LOOK_MS);
    }
  };
  const ended = look();
  return {
    steps,
    isBack: () => steps.at(-1)?.wanted === REPLICAS.min && steps.at(-1)?.ready === REPLICAS.min,
    async stop() {
      isOver = true;
      await ended;
    },
  };
}

function followed(asked: readonly Asked[], from: number): number {
  const bad = asked.filter((one) => !isGood(one)).map(({ startedAt }) => startedAt - from);
  return Math.max(0, ...bad);
}

function turnsOf(steps: readonly ScaleStep[]): number {
  const changes = steps.flatMap(({ wanted }, index) => {
    const before = steps[index - 1]?.wanted ?? wanted;
    return wanted === before ? [] : [Math.sign(wanted - before)];
  });
  return changes.filter((sign, index) => index > 0 && sign !== changes[index - 1]).length;
}

function count(asked: readonly Asked[]): Answers {
  return { requests: asked.length, failed: asked.filter((one) => !isGood(one)).length };
}

function countFull(directory: string): number {
  const lines = readFileSync(join(directory, 'log', 'supervisor.log'), 'utf8').split('\n');
  return lines.filter((line) => line.includes('"at-capacity"')).length;
}

const FOLLOWED_WITHIN_MS = 30_000;

/** Whether the load was followed in time, up and back, without flapping. */
export function follows(figures: AutoscaleFigures): boolean {
  const { steps, followedMs, backMs, flaps, before, after } = figures;
  const hasGrown = steps.some(({ ready }) => ready > REPLICAS.min);
  const isCalm = before.failed === 0 && after.failed === 0 && flaps === 0;
  return hasGrown && isCalm && followedMs <= FOLLOWED_WITHIN_MS && Number.isFinite(backMs);
}

/** One step, as people read it. */
export function formatStep({ atMs, wanted, ready }: ScaleStep): string {
  return `${(atMs / 1_000).toFixed(1).padStart(8)} s  ${wanted} wanted, ${ready} ready`;
}

/** What a run came to, below its steps. */
export function formatAutoscale(figures: AutoscaleFigures): string {
  const { followedMs, backMs, flaps, before, raised, after, full, cores, cpuPressure } = figures;
  const seconds = (ms: number) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : 'never');
  const room = `${cores} cores, something waiting for one ${cpuPressure.toFixed(0)} % of the time`;
  return [
    `${CALM_PER_SECOND}/s, then ${RAISE} times as many for ${RAISED_MS / 1_000} s, then as before`,
    `followed after ${seconds(followedMs)} (at most ${FOLLOWED_WITHIN_MS / 1_000} s)`,
    `as before after ${seconds(backMs)} (at most ${BACK_WITHIN_MS / 1_000} s); flaps: ${flaps}`,
    `failed: ${[before, raised, after].map(({ failed, requests }) => `${failed} of ${requests}`).join(', ')}`,
    `${room}; the machine was full ${full} times`,
  ].join('\n');
}
