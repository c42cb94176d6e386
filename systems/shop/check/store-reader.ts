import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A row as SQLite gives it. */
export interface Row {
  text(column: string): string;
  /** Absent where the column is null. */
  optional(column: string): string | undefined;
  number(column: string): number;
  /** A column of Unix ms as the API shows times. */
  instant(column: string): string;
  /** Whether the query has such a column. */
  has(column: string): boolean;
}

/** Reads one file. */
export interface StoreReader {
  rows(sql: string): Row[];
  /** One row after the other, as SQLite has them: for tables of any length. */
  each(sql: string): Iterable<Readonly<Record<string, unknown>>>;
}

/** A reader may meet the checkpoint of a writer; it waits rather than fail. */
const BUSY_MS = 5_000;

/**
 * Opens a store read-only and runs `read` on one snapshot of it. Takes no lock that a writer would wait for.
 * @throws {Error} naming the file when there is none.
 */
export function readStore<Result>(file: string, read: (store: StoreReader) => Result): Result {
  if (!existsSync(file)) {
    throw new Error(`There is no store ${file}. Start the shop first, or name its directory.`);
  }
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  try {
    database.exec('BEGIN');
    return read({
      rows: (sql) => database.prepare(sql).all().map(toRow),
      each: (sql) => database.prepare(sql).iterate(),
    });
  } finally {
    database.close();
  }
}

function toRow(values: Record<string, unknown>): Row {
  const text = (column: string) => {
    const value = values[column];
    if (value === null || value === undefined) throw new Error(`The column ${column} is empty.`);
    return String(value);
  };
  const number = (column: string) => Number(text(column));
  return {
    text,
    number,
    has: (column) => column in values,
    optional: (column) => (values[column] === null ? undefined : text(column)),
    instant: (column) => new Date(number(column)).toISOString(),
  };
}
