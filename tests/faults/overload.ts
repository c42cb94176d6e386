import { join } from 'node:path';
import { groupsOf, startSupervisedShop } from '../processes/kit.ts';
import loadedShop from './loaded-shop.ts';
import { type Asked, createOpenLoad, isGood, type OpenLoad } from './open-load.ts';

/** What one level of load came to. */
export interface LevelFigures {
  /** Times the capacity. */
  readonly level: number;
  /** Requests a second that were really sent: a generator that is late sends fewer. */
  readonly sent: number;
  /** Answered as hoped and in time, a second. */
  readonly goodput: number;
  /** Of those sent of each criticality, the share answered as hoped. */
  readonly critical: number;
  readonly default: number;
  readonly sheddable: number;
  /** Of what was answered as hoped. */
  readonly p99Ms: number;
  /** `critical 503 no answer in time` → how often. */
  readonly problems: Readonly<Record<string, number>>;
}

/** What a run came to. */
export interface OverloadFigures {
  /** Good answers a second to callers who wait for each other. */
  readonly capacity: number;
  readonly levels: readonly LevelFigures[];
  /** Goodput of the highest level ÷ that of the best. */
  readonly kept: number;
  /** From the end of the highest level until the last request that was not answered as hoped. */
  readonly normalAfterMs: number;
  /** Of what was sent after it. */
  readonly problemsAfter: LevelFigures['problems'];
}

const LEVELS = [0.5, 1, 2, 5, 10];
const LEVEL_MS = 10_000;
const PATIENCE_MS = 1_000;
const CALLERS = 8;
const CAPACITY_MS = 3_000;
/** Compilers warm up, limits find their place. */
const WARM_MS = 5_000;
const AFTER_LEVEL = 0.5;
const AFTER_MS = 10_000;

/** Every twentieth is critical: at ten times the capacity, they are half of what can be done. */
const MIX = Array.from({ length: 20 }, (_, index) => {
  if (index === 0) return { kind: 'critical', path: '/till/v1/pay' };
  if (index % 3 === 0) return { kind: 'sheddable', path: '/till/v1/look' };
  return { kind: 'default', path: '/till/v1/count' };
});

/** Half to ten times of what a service in a process of its own can do, through a gateway of its own. */
export async function runOverload(onDone: (level: LevelFigures) => void): Promise<OverloadFigures> {
  const shop = await startSupervisedShop(
    { ...groupsOf(), till: { services: ['till'] } },
    { system: loadedShop, module: join(import.meta.dirname, 'loaded-shop.ts') },
  );
  const load = createOpenLoad(shop.origin, MIX, PATIENCE_MS);
  try {
    await load.measureCapacity(CALLERS, WARM_MS);
    const capacity = await load.measureCapacity(CALLERS, CAPACITY_MS);
    const levels: LevelFigures[] = [];
    for (const level of LEVELS) {
      const figures = await measureLevel(load, level, capacity);
      levels.push(figures);
      onDone(figures);
    }
    const endedAt = performance.now();
    const after = await load.send(AFTER_LEVEL * capacity, AFTER_MS);
    const bad = after.filter((asked) => !isGood(asked));
    const best = Math.max(...levels.map(({ goodput }) => goodput));
    return {
      ...{ capacity, levels },
      kept: (levels.at(-1)?.goodput ?? 0) / best,
      problemsAfter: problemsOf(after),
      normalAfterMs: Math.max(0, ...bad.map(({ startedAt }) => startedAt - endedAt)),
    };
  } finally {
    load.close();
    await shop.stop();
  }
}

async function measureLevel(
  load: OpenLoad,
  level: number,
  capacity: number,
): Promise<LevelFigures> {
  const startedAt = performance.now();
  const asked = await load.send(level * capacity, LEVEL_MS);
  const last = Math.max(...asked.map((one) => one.startedAt));
  const seconds = (last - startedAt) / 1_000;
  // What is answered after the last one was sent is not counted: a queue that is left would flatter.
  const good = asked.filter((one) => isGood(one) && one.startedAt + one.tookMs <= last);
  return {
    level,
    sent: asked.length / seconds,
    goodput: good.length / seconds,
    critical: shareOf(asked, 'critical'),
    default: shareOf(asked, 'default'),
    sheddable: shareOf(asked, 'sheddable'),
    p99Ms: p99Of(asked.filter(isGood)),
    problems: problemsOf(asked),
  };
}

function problemsOf(asked: readonly Asked[]): Record<string, number> {
  const problems: Record<string, number> = {};
  for (const { kind, status, problem } of asked) {
    if (problem === undefined) continue;
    const name = `${kind} ${status} ${problem}`;
    problems[name] = (problems[name] ?? 0) + 1;
  }
  return problems;
}

function shareOf(asked: readonly Asked[], kind: string): number {
  const those = asked.filter((one) => one.kind === kind);
  return those.filter(isGood).length / Math.max(1, those.length);
}

function p99Of(asked: readonly Asked[]): number {
  const sorted = asked.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? Number.NaN;
}

const KEPT_MIN = 0.9;
const CRITICAL_MIN = 0.99;
const NORMAL_WITHIN_MS = 5_000;

/** Whether overload costs those nothing who matter, and nobody anything once it is over. */
export function withstands({ levels, kept, normalAfterMs }: OverloadFigures): boolean {
  const isSafe = levels.every(({ critical }) => critical >= CRITICAL_MIN);
  return isSafe && kept >= KEPT_MIN && normalAfterMs <= NORMAL_WITHIN_MS;
}

/** One level, as people read it. */
export function formatLevel(figures: LevelFigures): string {
  const { level, sent, goodput, p99Ms } = figures;
  const shares = [figures.critical, figures.default, figures.sheddable].map(toPercent);
  return toRow([`${level} ×`, sent.toFixed(0), goodput.toFixed(0), ...shares, p99Ms.toFixed(0)]);
}

/** The head of what {@link formatLevel} makes. */
export const LEVEL_HEAD = toRow([
  ...['load', 'sent/s', 'good/s', 'critical', 'default', 'sheddable', 'p99 ms'],
]);

/** What a run came to, below its levels. */
export function formatOverload({ capacity, kept, normalAfterMs }: OverloadFigures): string {
  return [
    `capacity ${capacity.toFixed(0)}/s; the load generator shares the processors`,
    `kept at ${LEVELS.at(-1)} ×: ${toPercent(kept)} of the best (at least ${toPercent(KEPT_MIN)})`,
    `normal again after ${(normalAfterMs / 1_000).toFixed(1)} s (at most 5 s)`,
  ].join('\n');
}

function toPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function toRow(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(10)).join('');
}
