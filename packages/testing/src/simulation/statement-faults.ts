import type { DatabaseSync } from 'node:sqlite';
import type { Draw } from './draw.ts';
import type { Faults } from './faults.ts';
import {
  createSqliteError,
  type StatementWatcher,
  type WatchedStatement,
} from './watched-database.ts';

/** What is about to go wrong with the statements of a node. */
export interface StatementTrouble {
  /** Dies at a statement to come; `undefined`: it does not. */
  crash: StatementCrash | undefined;
  /** Nothing can be written before this virtual time. */
  fullUntil: number;
}

/** A death that waits for its statement. */
export interface StatementCrash {
  /** Statements of this kind before it. */
  countdown: number;
  readonly moment: 'before' | 'after';
  /** Counts only COMMITs. */
  readonly commitsOnly: boolean;
}

/** Statements that a crash may wait for: about three transactions. */
const CRASH_STATEMENTS_MAX = 30;
const CRASH_COMMITS_MAX = 4;

/** No trouble. */
export function createTrouble(): StatementTrouble {
  return { crash: undefined, fullUntil: 0 };
}

/** A death at one of the next statements. */
export function drawStatementCrash(draw: Draw): StatementCrash {
  const commitsOnly = draw.chance(0.5);
  const most = commitsOnly ? CRASH_COMMITS_MAX : CRASH_STATEMENTS_MAX;
  return {
    countdown: draw.int(0, most),
    moment: draw.chance(0.5) ? 'before' : 'after',
    commitsOnly,
  };
}

/** What a watcher of statements has to do with. */
export interface StatementFaultsOptions {
  readonly trouble: StatementTrouble;
  readonly draw: Draw;
  /** What is on at the moment. */
  readonly faults: () => Faults;
  readonly time: () => number;
  readonly crash: (why: string) => void;
  readonly note: (what: string) => void;
}

/** Lets statements fail, and their process die with them. */
export function createStatementFaults(options: StatementFaultsOptions): StatementWatcher {
  const { trouble, draw, faults, time, crash, note } = options;
  const dieAt = (moment: StatementCrash['moment'], { kind, sql }: WatchedStatement) => {
    const planned = trouble.crash;
    if (!planned || planned.moment !== moment) return;
    if (planned.commitsOnly && kind !== 'commit') return;
    if (planned.countdown-- > 0) return;
    trouble.crash = undefined;
    crash(`${moment} ${sql.slice(0, 60)}`);
  };
  const fail = (result: Parameters<typeof createSqliteError>[0], database: DatabaseSync) => {
    note(result);
    // After some errors SQLite rolls everything back by itself (sqlite.org/lang_transaction.html §2.2).
    if (database.isTransaction && (result === 'io-error' || draw.chance(0.5))) {
      database.prepare('ROLLBACK').run();
    }
    throw createSqliteError(result);
  };
  return {
    before(statement) {
      const { kind, sql, database } = statement;
      note(sql);
      dieAt('before', statement);
      const { busyChance = 0, failedCommitChance = 0 } = faults();
      if (kind === 'begin' && draw.chance(busyChance)) throw createSqliteError('busy');
      if (kind === 'commit' && draw.chance(failedCommitChance)) fail('io-error', database);
      if (kind !== 'write' && kind !== 'commit') return;
      if (time() < trouble.fullUntil) fail('full', database);
    },
    after(statement) {
      dieAt('after', statement);
    },
  };
}
