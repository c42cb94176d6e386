import type { StatementSync } from 'node:sqlite';
import type { Host, Timer } from '@portico/host';
import type { Connection } from './connection.ts';

/** How soon commits of other processes are noticed. Asking costs some microseconds. */
const LOOK_EVERY_MS = 50;

/** Tells whoever waits for events that something was committed. */
export interface CommitWatch {
  watch(listener: () => void): () => void;
  /** This process has committed events. */
  notify(): void;
  stop(): void;
}

/**
 * Watches the commits to one file. Own ones are told at once, where they are news. For those of others SQLite
 * keeps a number for each connection that changes when another one commits (`PRAGMA data_version`,
 * sqlite.org/pragma.html); it is looked at as long as somebody waits, on the writing connection: there it stays
 * the same through everything that this process commits.
 */
export function createCommitWatch(writing: Connection, host: Host): CommitWatch {
  const listeners = new Set<() => void>();
  let timer: Timer | undefined;
  let seen: unknown;
  let statement: StatementSync | undefined;

  // Nobody hears what a timer throws: it would end the process. A file that can't be read now (SQLITE_BUSY,
  // a disk that failed) is no news; whoever waits finds out by reading it.
  const readVersion = () => {
    try {
      statement ??= writing.raw.prepare('PRAGMA data_version');
      return statement.get()?.data_version;
    } catch {
      return seen;
    }
  };
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  const look = () => {
    timer = undefined;
    if (listeners.size === 0) return;
    const version = readVersion();
    const changed = version !== seen;
    seen = version;
    if (changed) notify();
    schedule();
  };
  const schedule = () => {
    if (listeners.size === 0 || timer) return;
    timer = host.timers.after(LOOK_EVERY_MS, look, { background: true });
  };
  return {
    watch(listener) {
      // A fresh listener has looked at the log after this, or looks now: what was before is not news.
      if (!timer) seen = readVersion();
      const own = () => listener();
      listeners.add(own);
      schedule();
      return () => listeners.delete(own);
    },
    notify,
    stop() {
      timer?.cancel();
      timer = undefined;
      listeners.clear();
      statement = undefined;
    },
  };
}
