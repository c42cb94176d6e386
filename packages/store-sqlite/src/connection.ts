import type { DatabaseSync, DatabaseSyncOptions, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Clock } from '@portico/host';
import type { Logger } from '@portico/service';
import { StatementError } from '@portico/store';
import type { CompiledQuery, QueryResult } from 'kysely';
import { createAuthorizer, type StatementOrigin } from './authorizer.ts';
import { toNeutralError, withIndexNames } from './engine-error.ts';

/** How a connection is opened. */
export interface ConnectionOptions {
  readonly file: string;
  readonly readOnly: boolean;
  /** How long SQLite itself waits for a lock, with the event loop standing still. */
  readonly busyTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly openDatabase: OpenDatabase;
}

/** Makes the connection below: Node's own, or one that misbehaves on purpose. */
export type OpenDatabase = (file: string, options: DatabaseSyncOptions) => DatabaseSync;

/** A service has a few dozen statements; those it builds by hand must not fill the memory. */
const STATEMENTS_MAX = 256;
/** SQLite runs on the event loop: what takes this long makes everybody wait. */
const SLOW_MS = 50;

interface Prepared {
  readonly statement: StatementSync;
  /** The names of the result's columns; empty for statements without a result. */
  readonly columns: readonly string[];
}

/** One connection to one file: prepared statements kept, errors translated, slow ones logged. */
export class Connection {
  readonly #db: DatabaseSync;
  readonly #options: ConnectionOptions;
  // Apart, because a statement keeps the rights it was prepared with.
  readonly #prepared: Record<StatementOrigin, Map<string, Prepared>> = {
    platform: new Map(),
    migration: new Map(),
    service: new Map(),
  };
  #origin: StatementOrigin = 'platform';

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#db = options.openDatabase(options.file, {
      readOnly: options.readOnly,
      timeout: options.busyTimeoutMs,
      allowExtension: false,
    });
    this.#db.setAuthorizer(createAuthorizer(() => this.#origin));
  }

  /** The bare connection, for the platform's own set-up. */
  get raw(): DatabaseSync {
    return this.#db;
  }

  /** Whether a transaction is open; SQLite ends it by itself after some errors. */
  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** Runs a query of Kysely's. Synchronous, as everything in SQLite. */
  query<Row>(query: CompiledQuery, origin: StatementOrigin): QueryResult<Row> {
    return this.#as(origin, query.sql, () => {
      const prepared = this.#prepare(query.sql, origin);
      const parameters = toInputs(query.parameters, query.sql);
      const clock = this.#options.clock;
      const startedAt = clock.monotonic();
      const result = run<Row>(prepared, parameters);
      const tookMs = clock.monotonic() - startedAt;
      if (tookMs > SLOW_MS) this.#logSlow(query.sql, parameters, tookMs);
      return result;
    });
  }

  /** Runs one or more statements that have neither parameters nor results. */
  script(sql: string, origin: StatementOrigin): void {
    this.#as(origin, sql, () => this.#db.exec(sql));
  }

  /** Runs one statement without parameters. Returns how many rows it changed. */
  change(sql: string, origin: StatementOrigin): number {
    return this.#as(origin, sql, () => Number(this.#prepare(sql, origin).statement.run().changes));
  }

  /** Runs a statement of the platform's own by its text; prepared once, errors as SQLite gives them. */
  control(sql: string): void {
    this.#prepare(sql, 'platform').statement.run();
  }

  close(): void {
    for (const prepared of Object.values(this.#prepared)) prepared.clear();
    this.#db.close();
  }

  #as<T>(origin: StatementOrigin, sql: string, work: () => T): T {
    this.#origin = origin;
    try {
      return work();
    } catch (error) {
      this.#origin = 'platform';
      throw withIndexNames(this.#db, toNeutralError(error, sql));
    } finally {
      this.#origin = 'platform';
    }
  }

  #prepare(sql: string, origin: StatementOrigin): Prepared {
    const known = this.#prepared[origin];
    const found = known.get(sql);
    if (found) return found;
    const statement = this.#db.prepare(sql);
    if (
      sql.length > statement.sourceSQL.length &&
      !isBlank(sql.slice(statement.sourceSQL.length))
    ) {
      throw new StatementError(
        'other',
        `One statement at a time; SQLite would run the first: ${sql}`,
      );
    }
    const columns = statement.columns().map((column) => column.name ?? '');
    // Rows as arrays: plain objects are then made from them, faster than SQLite makes its own.
    statement.setReturnArrays(true);
    const prepared = { statement, columns };
    if (known.size >= STATEMENTS_MAX) {
      // The one prepared first goes. Statements in use stay in use; they are prepared again.
      const [first] = known.keys();
      if (first !== undefined) known.delete(first);
    }
    known.set(sql, prepared);
    return prepared;
  }

  #logSlow(sql: string, parameters: readonly SQLInputValue[], tookMs: number): void {
    const steps = this.#db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
    const plan = steps.map((step) => step.detail);
    this.#options.log.warn({ sql, tookMs: Math.round(tookMs), plan }, 'slow statement');
  }
}

function run<Row>(prepared: Prepared, parameters: readonly SQLInputValue[]): QueryResult<Row> {
  const { statement, columns } = prepared;
  if (columns.length > 0) {
    const found = statement.all(...parameters) as unknown as unknown[][];
    return { rows: found.map((values) => toRow(columns, values)) as Row[] };
  }
  const { changes, lastInsertRowid } = statement.run(...parameters);
  return {
    rows: [],
    numAffectedRows: BigInt(changes),
    insertId: BigInt(lastInsertRowid),
  };
}

/** Only whitespace and comments, as they may follow a statement. */
function isBlank(rest: string): boolean {
  return rest.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}

function toRow(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i] ?? ''] = values[i];
  return row;
}

function toInputs(parameters: readonly unknown[], sql: string): SQLInputValue[] {
  const inputs = new Array<SQLInputValue>(parameters.length);
  for (let i = 0; i < parameters.length; i++) inputs[i] = toInput(parameters[i], i, sql);
  return inputs;
}

function toInput(value: unknown, index: number, sql: string): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'bigint' || value === null) return value;
  // Bound as a number, an integer would arrive as a REAL: 7 / 2 would be 3.5, and JSON would say 7.0.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const what = value === undefined ? 'undefined' : `a ${value?.constructor?.name ?? typeof value}`;
  throw new StatementError(
    'type',
    `Parameter ${index + 1} is ${what}; columns hold strings, numbers, bigints, null and bytes ` +
      `(booleans as 0 or 1, dates as ms or text). In: ${sql}`,
  );
}
