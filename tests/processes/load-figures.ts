import { NEEDS, type Sample } from './steady-load.ts';

/** What a load came to. */
export interface LoadFigures {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** `cart.addItem 503 overloaded` → how often. */
  readonly problems: Readonly<Record<string, number>>;
}

/** Counts everything. */
export function toFigures(samples: readonly Sample[]): LoadFigures {
  const sorted = samples.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  const problems: Record<string, number> = {};
  for (const { operation, problem } of samples) {
    if (problem === undefined) continue;
    const name = `${operation} ${problem}`;
    problems[name] = (problems[name] ?? 0) + 1;
  }
  const failed = Object.values(problems).reduce((sum, count) => sum + count, 0);
  return {
    ...{ requests: samples.length, failed },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), problems },
  };
}

/** What the loss of a service did to everybody else, and how long it was missed. */
export interface LossFigures {
  /** Operations that do not need it, from the kill on. */
  readonly others: LoadFigures;
  /** Those that do. */
  readonly own: LoadFigures;
  /** From the kill until the first of its operations was answered of those begun after the last failure. */
  readonly recoveredMs: number;
}

/** Looks at what came after `killedAt`, of `performance.now()`. */
export function toLossFigures(
  samples: readonly Sample[],
  service: string,
  killedAt: number,
): LossFigures {
  const after = samples.filter(({ endedAt }) => endedAt >= killedAt);
  const needs = ({ operation }: Sample) => NEEDS[operation]?.includes(service) === true;
  const own = after.filter(needs);
  const lastFailedAt = Math.max(
    killedAt,
    ...own.filter(({ problem }) => problem !== undefined).map(({ startedAt }) => startedAt),
  );
  const first = own.find(
    ({ startedAt, problem }) => problem === undefined && startedAt >= lastFailedAt,
  );
  return {
    others: toFigures(after.filter((sample) => !needs(sample))),
    own: toFigures(own),
    recoveredMs: round((first?.endedAt ?? Number.POSITIVE_INFINITY) - killedAt),
  };
}

function round(ms: number): number {
  return Math.round(10 * ms) / 10;
}
