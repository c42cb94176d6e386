import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SeedReport } from '@portico/testing';
import type { Batch, BatchResult } from './worker.ts';

/** Seeds of one batch: enough that threads hardly wait, few enough that they end together. */
const BATCH_SEEDS = 20;

/** What a search over all threads found. */
export interface ThreadedSearch {
  readonly seeds: number;
  readonly events: number;
  readonly seconds: number;
  /** By seed, the lowest first. */
  readonly failed: readonly SeedReport[];
}

/** What is searched, and after how many broken promises no more is begun. */
export type ThreadedSearchOptions = Batch & { readonly failuresMax: number };

/** Threads that simulate, one per core. */
export interface SearchThreads {
  search(options: ThreadedSearchOptions): Promise<ThreadedSearch>;
  close(): Promise<void>;
}

/** Starts the threads. */
export function createSearchThreads(): SearchThreads {
  const url = new URL('./worker.ts', import.meta.url);
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(url));
  return {
    async search({ failuresMax, ...whole }) {
      const startedAt = performance.now();
      const failed: SeedReport[] = [];
      let seeds = 0;
      let events = 0;
      let next = 0;
      const drain = async (worker: Worker) => {
        while (next < whole.count && failed.length < failuresMax) {
          const from = next;
          next += BATCH_SEEDS;
          const count = Math.min(BATCH_SEEDS, whole.count - from);
          const twice = Math.max(0, Math.min(count, whole.twice - from));
          const result = await run(worker, { ...whole, from: whole.from + from, count, twice });
          seeds += result.seeds;
          events += result.events;
          failed.push(...result.failed);
        }
      };
      await Promise.all(workers.map(drain));
      failed.sort((a, b) => a.seed - b.seed);
      return { seeds, events, failed, seconds: (performance.now() - startedAt) / 1_000 };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function run(worker: Worker, batch: Batch): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(batch);
  });
}
