import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between two locks the store's own writers get a turn. */
const FREE_MS = 50;
/** Waits for the store's own writer, as another process would. */
const BUSY_TIMEOUT_MS = 1_000;

/** What holds a store busy. */
export interface StoreLock {
  /** Lets go. @returns how often it was held. */
  release(): Promise<number>;
}

/**
 * Holds the writer's lock of a service's SQLite store for `ms`, again and again, as another program would that
 * writes to it: whoever writes meanwhile finds it busy. Changes nothing.
 * @throws {Error} when there is no such store.
 */
export function lockStore(
  directory: string,
  { service, ms }: { readonly service: string; readonly ms: number },
): StoreLock {
  const file = join(directory, 'data', service, 'store.db');
  if (!existsSync(file)) throw new Error(`There is no store at ${file}.`);
  const over = new AbortController();
  const work = async (): Promise<number> => {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    let held = 0;
    try {
      while (!over.signal.aborted) {
        if (begin(database)) {
          held += 1;
          await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
          database.exec('ROLLBACK');
        }
        await sleep(FREE_MS, undefined, { signal: over.signal }).catch(() => undefined);
      }
    } finally {
      database.close();
    }
    return held;
  };
  const working = work();
  // Who releases hears of what went wrong; nobody else is there to.
  working.catch(() => undefined);
  return {
    release() {
      over.abort();
      return working;
    },
  };
}

/** False while the store's own writer is faster. */
function begin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch {
    return false;
  }
}
