// A thread that simulates: takes one batch of seeds after the other, and tells what came of each.
import { parentPort } from 'node:worker_threads';
import { type SeedReport, searchSeeds } from '@portico/testing';
import { plantedBugs } from './planted-bugs.ts';
import { workloads } from './workloads.ts';

/** Seeds of one workload. */
export interface Batch {
  readonly workload: string;
  readonly from: number;
  readonly count: number;
  readonly size: number;
  /** Seeds run a second time. */
  readonly twice: number;
  /** The name of a planted bug. */
  readonly bug?: string;
}

/** What came of a batch; it ends with its first broken promise. */
export interface BatchResult {
  readonly seeds: number;
  readonly events: number;
  readonly failed: readonly SeedReport[];
}

parentPort?.on('message', async (batch: Batch) => {
  const { from, count, size, twice, bug } = batch;
  const workload = workloads.find(({ name }) => name === batch.workload);
  const plant = plantedBugs.find((one) => one().name === bug);
  if (!workload) throw new Error(`There is no workload "${batch.workload}".`);
  const options = { from, count, size, twice, ...(plant ? { plant } : {}) };
  const { seeds, events, failed } = await searchSeeds(workload, options);
  const told = failed.map(({ problem, ...report }) => ({ ...report, problem: tell(problem) }));
  const result: BatchResult = { seeds, events, failed: told };
  parentPort?.postMessage(result);
});

/** Not every error survives the way to another thread; its words do. */
function tell(problem: unknown): string {
  return problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
}
