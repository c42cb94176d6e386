import type { Generated } from 'kysely';
import type { DeliveryTables } from './delivery-tables.ts';
import type { JobTables } from './job-tables.ts';
import type { SagaTables } from './saga-tables.ts';

/** Tables with this prefix stand in every store and belong to the platform; services can't write them. */
export const PLATFORM_PREFIX = 'portico_';

/**
 * Facts about the store itself: `service` (its owner), `version` and `oldest` (its window), `platform`
 * (version of these tables), `logId`, `trimmed` and `trimmed:<topic>` (what is gone from the log).
 */
export interface MetaTable {
  key: string;
  value: string;
}

/** One row per applied migration. */
export interface MigrationTable {
  version: number;
  name: string;
  kind: string;
  checksum: string;
  /** Unix time in ms. */
  applied_at: number;
}

/** What keyed calls came to; written in the effect's transaction. */
export interface OutcomeTable {
  scope: string;
  operation: string;
  /** As given, or its hash where it is long. */
  key: string;
  hash: string;
  /** The outcome as JSON. */
  outcome: string;
  origin: 'consumer' | 'derived';
  /** Whose personal data it may hold. */
  subject: string | null;
  /** Unix time in ms. */
  at: number;
  /** Unix time in ms after which it is swept; null for tombstones, which stay for ever. */
  expires_at: number | null;
}

/** The event log: never updated, read in the order of `pos`. */
export interface OutboxTable {
  pos: Generated<number>;
  id: string;
  topic: string;
  key: string;
  envelope: string;
  /** Unix time in ms. */
  at: number;
}

/** The platform's tables, for Kysely. */
export interface PlatformTables extends DeliveryTables, SagaTables, JobTables {
  portico_meta: MetaTable;
  portico_migration: MigrationTable;
  portico_outcome: OutcomeTable;
  portico_outbox: OutboxTable;
}

/**
 * The platform's first tables on SQLite. `pos` is AUTOINCREMENT: never used again, and with one writer the
 * order of writes is the order of commits.
 */
export const SQLITE_PLATFORM_DDL = `
CREATE TABLE IF NOT EXISTS portico_meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS portico_migration (
  version INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS portico_outcome (
  scope TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  hash TEXT NOT NULL,
  outcome TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('consumer', 'derived')),
  subject TEXT,
  at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (scope, operation, key)
) STRICT;
CREATE INDEX IF NOT EXISTS portico_outcome_expires ON portico_outcome (expires_at)
  WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS portico_outcome_subject ON portico_outcome (subject)
  WHERE subject IS NOT NULL;
CREATE TABLE IF NOT EXISTS portico_outbox (
  pos INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  envelope TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
`;
