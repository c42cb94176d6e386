// A service's own SQLite file as one opens it without Portico: WAL, each commit on disk (`synchronous` FULL, as
// Portico has it), prepared statements, transactions by hand.
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** Rows by SQL; statements are prepared once. */
export interface PlainStore {
  run(sql: string, ...values: SQLInputValue[]): number;
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** All of `work` or nothing. */
  transaction<Result>(work: () => Result): Result;
}

/** Opens `directory/name.db`, making its tables. */
export function openPlainStore(directory: string, name: string, schema: string): PlainStore {
  const database = new DatabaseSync(join(directory, `${name}.db`));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  database.exec(schema);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    get: <Row>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[],
    transaction(work) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (problem) {
        database.exec('ROLLBACK');
        throw problem;
      }
    },
  };
}

/** What a customer is told; the gateways of the peers make an HTTP answer of `code`. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
