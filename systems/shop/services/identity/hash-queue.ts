import { Failure } from '@portico/contract';

/** More than this waiting is many seconds of work: refuse at once, the client may come again. */
const WAITING_MAX = 50;
/** About what a full queue takes. */
const RETRY_AFTER_MS = 2_000;

/** Runs costly work a few at a time, so that it can't starve whatever else the process does. */
export interface WorkQueue {
  /**
   * Runs `work` when its turn comes; skipped when `signal` was aborted before.
   * @throws {Failure} `OVERLOADED` when too much waits; the signal's reason when aborted.
   */
  run<T>(work: () => Promise<T>, options: { atOnce: number; signal: AbortSignal }): Promise<T>;
}

/** A bounded queue, first come, first served. */
export function createWorkQueue(): WorkQueue {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async run(work, { atOnce, signal }) {
      if (running >= atOnce) {
        if (waiting.length >= WAITING_MAX) {
          throw new Failure('OVERLOADED', 'overloaded', 'Too many people sign in at once.', {
            retryAfterMs: RETRY_AFTER_MS,
          });
        }
        // Whoever ends hands its place over, so that nobody who comes later can take it.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running++;
      }
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
