import { createStoreTemplates } from './data-folder.ts';
import type { PlantedBug } from './planted-bug.ts';
import { runSeed, type SeedReport, type Workload } from './run-seed.ts';

/** Which seeds are run. */
export interface SeedSearchOptions {
  /** The first seed. Default 1. */
  readonly from?: number;
  readonly count: number;
  readonly size: number;
  /** Seeds run a second time, to see that they do the same again. Default 0. */
  readonly twice?: number;
  /** A mistake made on purpose, anew for each seed. */
  readonly plant?: () => PlantedBug;
  /** The search ends after so many seeds that broke a promise. Default 1. */
  readonly failuresMax?: number;
  /** Hears of each seed as it ends. */
  readonly onReport?: (report: SeedReport) => void;
}

/** What a search found. */
export interface SeedSearch {
  readonly seeds: number;
  /** How much happened in all of them. */
  readonly events: number;
  readonly virtualMs: number;
  /** The seeds that broke a promise. */
  readonly failed: readonly SeedReport[];
}

/** Runs one seed of a workload after the other, until enough have broken a promise. */
export async function searchSeeds(
  workload: Workload,
  options: SeedSearchOptions,
): Promise<SeedSearch> {
  const { from = 1, count, size, twice = 0, plant, failuresMax = 1, onReport } = options;
  const templates = createStoreTemplates();
  const failed: SeedReport[] = [];
  let seeds = 0;
  let events = 0;
  let virtualMs = 0;
  const run = (seed: number) =>
    runSeed(workload, { seed, size, templates, ...(plant ? { bug: plant() } : {}) });
  for (; seeds < count && failed.length < failuresMax; seeds++) {
    const seed = from + seeds;
    let report = await run(seed);
    if (seeds < twice && report.problem === undefined) report = compare(report, await run(seed));
    events += report.events;
    virtualMs += report.virtualMs;
    if (report.problem !== undefined) failed.push(report);
    onReport?.(report);
  }
  return { seeds, events, virtualMs, failed };
}

function compare(first: SeedReport, second: SeedReport): SeedReport {
  if (first.hash === second.hash) return first;
  const at = second.lines.findIndex(
    (line, index) => JSON.stringify(line) !== JSON.stringify(first.lines[index]),
  );
  const problem = new Error(
    `The same seed did something else the second time (${first.hash}, then ${second.hash}): ` +
      'something beside the seed decides. The trace ends where it did.',
  );
  return { ...second, problem, lines: second.lines.slice(0, at + 1) };
}

/** The smallest size at which a seed still breaks a promise: less to read. */
export async function shrinkSeed(
  workload: Workload,
  { seed, size }: SeedReport,
): Promise<SeedReport> {
  const templates = createStoreTemplates();
  for (let smaller = 1; ; smaller++) {
    const report = await runSeed(workload, { seed, size: smaller, templates });
    if (report.problem !== undefined || smaller >= size) return report;
  }
}

/** What led there: enough to see the calls, statements and faults of the last moments. */
const LINES_SHOWN = 60;

/**
 * A broken promise in words: what, what happened before it, and how to see it again: with a command that takes
 * `--workload`, `--seed` and `--size`, or with {@link runSeed}.
 */
export function formatReport(report: SeedReport, command?: string): string {
  const { workload, seed, size, problem, lines, hash } = report;
  const reason = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  const shown = lines.slice(-LINES_SHOWN).map(({ atMs, node, what }) => {
    return `  ${atMs.toFixed(1).padStart(10)} ms  ${node.padEnd(8)} ${what.slice(0, 160)}`;
  });
  return [
    `Seed ${seed} of "${workload}" (size ${size}, trace ${hash}) broke a promise: ${reason}`,
    'What happened last:',
    ...shown,
    command === undefined
      ? `Again: runSeed(${workload}, { seed: ${seed}, size: ${size} })`
      : `Again: ${command} --workload ${workload} --seed ${seed} --size ${size}`,
  ].join('\n');
}
