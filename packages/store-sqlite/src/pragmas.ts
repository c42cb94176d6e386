import type { DatabaseSync } from 'node:sqlite';

/** Keeps the log from staying as large as the largest burst made it: 64 MiB. */
const JOURNAL_SIZE_LIMIT = 67_108_864;
/** Rows of an index that `PRAGMA optimize` looks at: bounds its time on large tables. */
const ANALYSIS_LIMIT = 400;

/** What SQLite calls FULL. */
const SYNCHRONOUS_FULL = 2;

type Setting = readonly [pragma: string, value: string | number, readBack: string | number];

const SHARED: readonly Setting[] = [
  // NORMAL may lose the last commits at power loss.
  ['synchronous', 'FULL', SYNCHRONOUS_FULL],
  ['foreign_keys', 'ON', 1],
  ['trusted_schema', 'OFF', 0],
];

const WRITING: readonly Setting[] = [
  ...SHARED,
  ['journal_size_limit', JOURNAL_SIZE_LIMIT, JOURNAL_SIZE_LIMIT],
  ['analysis_limit', ANALYSIS_LIMIT, ANALYSIS_LIMIT],
];

const READING: readonly Setting[] = [...SHARED, ['query_only', 'ON', 1]];

/** Readers never wait for the writer: the log is written ahead. Fails while another process switches. */
export function setJournalMode(db: DatabaseSync): void {
  set(db, ['journal_mode', 'WAL', 'wal']);
}

/** Settings of the connection that writes, read back: SQLite passes over what it does not know. */
export function setWritingPragmas(db: DatabaseSync): void {
  for (const setting of WRITING) set(db, setting);
}

/** Settings of the connection that reads, read back. */
export function setReadingPragmas(db: DatabaseSync): void {
  for (const setting of READING) set(db, setting);
  const mode = readPragma(db, 'journal_mode');
  if (mode !== 'wal') throw unexpected('journal_mode', 'wal', mode);
}

function set(db: DatabaseSync, [pragma, value, expected]: Setting): void {
  db.exec(`PRAGMA ${pragma} = ${value}`);
  const actual = readPragma(db, pragma);
  if (actual !== expected) throw unexpected(pragma, expected, actual);
}

function readPragma(db: DatabaseSync, pragma: string): unknown {
  const row = db.prepare(`PRAGMA ${pragma}`).get();
  return row && Object.values(row)[0];
}

function unexpected(pragma: string, expected: unknown, actual: unknown): Error {
  return new Error(`SQLite did not take PRAGMA ${pragma}: wanted ${expected}, it says ${actual}.`);
}
