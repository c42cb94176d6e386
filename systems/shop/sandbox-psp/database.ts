import { DatabaseSync } from 'node:sqlite';

/** The ledger says what happened and is never changed: the triggers refuse it. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS token (
  token TEXT PRIMARY KEY, brand TEXT NOT NULL, last4 TEXT NOT NULL, behaviour TEXT NOT NULL,
  used_by TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS payment (
  id TEXT PRIMARY KEY, reference TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL,
  currency TEXT NOT NULL, state TEXT NOT NULL, decline_reason TEXT, challenge TEXT UNIQUE,
  return_url TEXT, captured INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0,
  brand TEXT NOT NULL, last4 TEXT NOT NULL, behaviour TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  kind TEXT NOT NULL, payment TEXT NOT NULL REFERENCES payment(id), reference TEXT NOT NULL,
  amount INTEGER NOT NULL, currency TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ledger_payment ON ledger(payment);
CREATE TRIGGER IF NOT EXISTS ledger_no_update BEFORE UPDATE ON ledger
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_no_delete BEFORE DELETE ON ledger
  BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TABLE IF NOT EXISTS reply (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS stripe_metadata (
  owner TEXT PRIMARY KEY, metadata TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER, last_status INTEGER, signed_at INTEGER,
  forged INTEGER NOT NULL, held INTEGER NOT NULL, replay_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS message_due ON message(next_at) WHERE next_at IS NOT NULL;
`;

/** Opens the sandbox's own database file, made on first use. `:memory:` keeps nothing. */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  database.exec(SCHEMA);
  return database;
}

/** Runs `work` as one transaction: all of it is kept, or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (problem) {
    database.exec('ROLLBACK');
    throw problem;
  }
}
