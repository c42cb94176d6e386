import type { Insertable, Kysely, Selectable } from 'kysely';
import { sha256 } from './canonical-json.ts';
import type { Outcome, OutcomeKey, OutcomeRecord } from './open-store.ts';
import type { OutcomeTable, PlatformTables } from './platform-tables.ts';
import { prepared } from './prepared-query.ts';

/** Consumers may repeat a call this long (24 h) and get the first answer. */
export const CONSUMER_OUTCOME_KEPT_MS = 24 * 3_600_000;
/** Events and sagas may repeat a call this long (30 days). */
export const DERIVED_OUTCOME_KEPT_MS = 30 * 24 * 3_600_000;
/** Longer keys are stored as their SHA-256, which keeps the index small. */
const KEY_LENGTH_MAX = 200;
/** One batch of the sweep: a write transaction of a few milliseconds. */
const SWEEP_ROWS_MAX = 500;

/** Another call has recorded an outcome under this key: its own stands, this one's effect must not. */
export class OutcomeConflict extends Error {
  override readonly name = 'OutcomeConflict';
  readonly key: OutcomeKey;

  constructor(key: OutcomeKey) {
    super(`The key of ${key.operation} has an outcome already.`);
    this.key = { scope: key.scope, operation: key.operation, key: key.key };
  }
}

/** What keyed calls came to, on one connection of a store. Times are Unix time in ms. */
export interface OutcomeLedger {
  /**
   * Records an outcome, in the transaction of its effect.
   * @throws {OutcomeConflict} when the key already has one.
   */
  record(record: OutcomeRecord, now: number): Promise<void>;
  find(key: OutcomeKey): Promise<OutcomeRecord | undefined>;
  /** Removes one batch of those whose time is over. */
  sweep(now: number): Promise<{ readonly removed: number; readonly done: boolean }>;
  /** Blanks those that may hold data of an erased person; key and hash stay. Returns how many. */
  forget(subject: string): Promise<number>;
}

const FORGOTTEN: Outcome = { kind: 'forgotten' };

const insert = prepared((db: Kysely<PlatformTables>, row: Insertable<OutcomeTable>) => {
  const { scope, operation, key, hash, outcome, origin, subject, at, expires_at } = row;
  return db
    .insertInto('portico_outcome')
    .values({ scope, operation, key, hash, outcome, origin, subject, at, expires_at })
    .onConflict((conflict) => conflict.columns(['scope', 'operation', 'key']).doNothing());
});

const select = prepared((db: Kysely<PlatformTables>, { scope, operation, key }: OutcomeKey) =>
  db
    .selectFrom('portico_outcome')
    .selectAll()
    .where('scope', '=', scope)
    .where('operation', '=', operation)
    .where('key', '=', key),
);

/** The outcomes behind a handle. */
export function createOutcomeLedger(db: Kysely<PlatformTables>): OutcomeLedger {
  return {
    async record(record, now) {
      const { numAffectedRows } = await insert(db, toRow(record, now));
      if (numAffectedRows !== 1n) throw new OutcomeConflict(record);
    },
    async find(key) {
      const { rows } = await select(db, { ...key, key: storedKey(key.key) });
      return rows[0] && toRecord(rows[0], key);
    },
    async sweep(now) {
      const result = await sweepQuery(db, now).executeTakeFirst();
      const removed = Number(result.numDeletedRows);
      return { removed, done: removed < SWEEP_ROWS_MAX };
    },
    async forget(subject) {
      const result = await db
        .updateTable('portico_outcome')
        .set({ outcome: JSON.stringify(FORGOTTEN), subject: null })
        .where('subject', '=', subject)
        // A tombstone holds nothing of anybody, and must go on refusing.
        .where('expires_at', 'is not', null)
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    },
  };
}

function sweepQuery(db: Kysely<PlatformTables>, now: number) {
  return db
    .deleteFrom('portico_outcome')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('scope', 'operation', 'key'),
        'in',
        selectFrom('portico_outcome as due')
          .select(['due.scope', 'due.operation', 'due.key'])
          .where('due.expires_at', '<=', now)
          .limit(SWEEP_ROWS_MAX)
          .$asTuple('scope', 'operation', 'key'),
      ),
    );
}

function toRow(record: OutcomeRecord, now: number): Insertable<OutcomeTable> {
  return {
    scope: record.scope,
    operation: record.operation,
    key: storedKey(record.key),
    hash: record.hash,
    outcome: JSON.stringify(record.outcome),
    origin: record.origin,
    subject: record.subject ?? null,
    at: now,
    expires_at: expiresAt(record, now),
  };
}

function storedKey(key: string): string {
  return key.length > KEY_LENGTH_MAX ? `sha256:${sha256(key)}` : key;
}

function expiresAt(record: OutcomeRecord, now: number): number | null {
  if (record.outcome.kind === 'tombstone') return null;
  return now + (record.origin === 'consumer' ? CONSUMER_OUTCOME_KEPT_MS : DERIVED_OUTCOME_KEPT_MS);
}

function toRecord(row: Selectable<OutcomeTable>, key: OutcomeKey): OutcomeRecord {
  const { hash, origin, subject } = row;
  // Only this file writes the column.
  const outcome = JSON.parse(row.outcome) as Outcome;
  const record = {
    scope: row.scope,
    operation: row.operation,
    key: key.key,
    hash,
    outcome,
    origin,
  };
  return subject === null ? record : { ...record, subject };
}
