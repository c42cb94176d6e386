import { DatabaseSync, type DatabaseSyncOptions, type StatementSync } from 'node:sqlite';

/** What a statement does, as far as faults care. */
export type StatementKind = 'begin' | 'commit' | 'write' | 'read' | 'control';

/** A statement about to run, or that has run. */
export interface WatchedStatement {
  readonly kind: StatementKind;
  readonly sql: string;
  readonly database: DatabaseSync;
}

/** Looks at every statement; what it throws is what the statement throws. */
export interface StatementWatcher {
  before(statement: WatchedStatement): void;
  /** The statement has had its effect. */
  after(statement: WatchedStatement): void;
}

type AnyRun = (...parameters: unknown[]) => unknown;

/** A connection whose statements are watched. */
export function openWatchedDatabase(
  file: string,
  options: DatabaseSyncOptions,
  watcher: StatementWatcher,
): DatabaseSync {
  // SQLite's own waiting for locks stops the thread, and with it whoever holds the lock.
  const database = new DatabaseSync(file, { ...options, timeout: 0 });
  const watched = (sql: string, run: AnyRun): AnyRun => {
    const statement: WatchedStatement = { kind: toKind(sql), sql, database };
    return (...parameters) => {
      watcher.before(statement);
      const result = run(...parameters);
      watcher.after(statement);
      return result;
    };
  };
  const prepare = database.prepare.bind(database);
  const watchedPrepare = (sql: string): StatementSync => {
    const statement = prepare(sql);
    const { run, all, get } = statement;
    return Object.assign(statement, {
      run: watched(sql, run.bind(statement) as AnyRun),
      all: watched(sql, all.bind(statement) as AnyRun),
      get: watched(sql, get.bind(statement) as AnyRun),
    });
  };
  const exec = database.exec.bind(database);
  const members: Readonly<Record<string, unknown>> = {
    prepare: watchedPrepare,
    exec: (sql: string) => watched(sql, () => exec(sql))(),
  };
  // A target of its own: what Node defines on connections can't be replaced there.
  return new Proxy({} as DatabaseSync, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(members, name)) return members[name];
      // A closed connection refuses even to say that no transaction is open.
      if (name === 'isTransaction') return database.isOpen && database.isTransaction;
      const member: unknown = Reflect.get(database, name);
      return typeof member === 'function' ? member.bind(database) : member;
    },
  });
}

const KINDS: readonly (readonly [RegExp, StatementKind])[] = [
  [/^\s*begin\b/i, 'begin'],
  [/^\s*commit\b/i, 'commit'],
  [/^\s*(insert|update|delete|create|drop|alter|replace)\b/i, 'write'],
  [/^\s*(select|explain|with)\b/i, 'read'],
];

function toKind(sql: string): StatementKind {
  return KINDS.find(([pattern]) => pattern.test(sql))?.[1] ?? 'control';
}

/** Result codes of SQLite (sqlite.org/rescode.html) that simulations throw. */
const RESULTS = {
  busy: [5, 'database is locked'],
  'io-error': [10, 'disk I/O error'],
  full: [13, 'database or disk is full'],
} as const;

/** An error as `node:sqlite` throws it. */
export function createSqliteError(result: keyof typeof RESULTS): Error {
  const [errcode, errstr] = RESULTS[result];
  return Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr });
}
