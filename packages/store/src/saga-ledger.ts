import { type Insertable, type Kysely, sql } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';
import { prepared, preparedList } from './prepared-query.ts';
import { createSagaHistory, type SagaHistory } from './saga-history.ts';
import {
  type SagaIdentity,
  type SagaPlace,
  type SagaRecord,
  type StoredReason,
  toNewSagaRow,
  toSagaColumns,
  toSagaRecord,
} from './saga-record.ts';
import type { SagaTable } from './saga-tables.ts';

/** Ended sagas are kept for this long (30 days), for whoever asks what happened. */
export const SAGA_KEPT_MS = 30 * 24 * 3_600_000;
/** One batch of a sweep holds up nobody for longer than a few milliseconds. */
const SWEEP_ROWS_MAX = 500;

/** Somebody else holds the saga: what this transaction did has no effect. */
export class SagaFenced extends Error {
  override readonly name = 'SagaFenced';

  constructor(id: string) {
    super(`The saga ${id} is carried on by another.`);
  }
}

/** Whose sagas are looked for, and which. */
export interface SagaSearch {
  readonly holder: string;
  readonly limit: number;
  /** Those that this release can carry on: `type@version`. */
  readonly definitions: readonly string[];
}

/** What is to be done, and for whom. */
export interface SagaDue extends SagaSearch {
  /** Unix time in ms. */
  readonly now: number;
}

/** A saga that somebody holds; `leaseUntil` changes as long as they live. */
export type HeldSaga = Pick<SagaRecord, 'id' | 'holder' | 'fence' | 'leaseUntil'>;

/** Which sagas a list is about; newest first. */
export interface SagaFilter {
  readonly type?: string;
  readonly state?: SagaPlace['state'];
  readonly stuck?: boolean;
  /** Those that have not ended. */
  readonly live?: boolean;
  /** Only those started before the one of this `seq`. */
  readonly before?: number;
  readonly limit: number;
}

/** A page of sagas in the order of their ids. */
export interface SagaPage {
  readonly queue?: string;
  readonly live?: boolean;
  /** Only those whose id comes after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** Live sagas that stand at the same step of the same definition. */
export interface LiveSagas {
  readonly type: string;
  readonly version: number;
  readonly step: string;
  readonly count: number;
}

/** How many of a type are under way in one state. */
export interface SagaCount {
  readonly type: string;
  readonly state: SagaPlace['state'];
  readonly stuck: boolean;
  readonly count: number;
}

/** The sagas of a store's service, on one of its connections. */
export interface SagaLedger {
  /** False when there is one of this id already: nothing happens then. */
  insert(saga: SagaIdentity & SagaPlace): Promise<boolean>;
  find(id: string): Promise<SagaRecord | undefined>;
  /**
   * Ids of those that are due, free, and first in their queue; the longest due first. Those that the holder
   * itself holds are among them: it knows which of them it is at, and has lost sight of the others.
   */
  due(due: SagaDue): Promise<readonly string[]>;
  /** Those that others hold, due or not; the one whose lease ends first, by its holder's clock, first. */
  held(search: SagaSearch): Promise<readonly HeldSaga[]>;
  /**
   * Compare and set: to `next`, if the fence is still that of `saga`.
   * @throws {SagaFenced} when it is not.
   */
  save(saga: SagaRecord, next: SagaPlace): Promise<void>;
  /** Whether an older one of the same queue has not ended. */
  isQueued(saga: SagaRecord): Promise<boolean>;
  /** Makes a live one due now. False when there is none. */
  wake(id: string, now: number): Promise<boolean>;
  /** Notes that one before its pivot is given up, and makes it due. False when it is too late. */
  giveUp(id: string, reason: StoredReason, now: number): Promise<boolean>;
  /** Makes a lease last until `until`. False when the fence has changed. */
  renew(id: string, fence: number, until: number): Promise<boolean>;
  list(filter: SagaFilter): Promise<readonly SagaRecord[]>;
  /** In the order of their ids. */
  page(page: SagaPage): Promise<readonly SagaRecord[]>;
  live(): Promise<readonly LiveSagas[]>;
  /** Those under way, counted. */
  counts(): Promise<readonly SagaCount[]>;
  readonly history: SagaHistory;
  /** Removes one batch of what ended more than {@link SAGA_KEPT_MS} ago. */
  sweep(now: number): Promise<{ readonly removed: number; readonly done: boolean }>;
}

/** The sagas behind a handle. */
export function createSagaLedger(db: Kysely<PlatformTables>): SagaLedger {
  return {
    ...createSagaReader(db),
    async insert(saga) {
      const { numAffectedRows } = await insert(db, toNewSagaRow(saga));
      return numAffectedRows === 1n;
    },
    async save(saga, next) {
      const row = { ...toSagaColumns(next), id: saga.id, expected: saga.fence };
      const { numAffectedRows } = await save(db, row);
      if (numAffectedRows !== 1n) throw new SagaFenced(saga.id);
    },
    async wake(id, now) {
      const { numAffectedRows } = await wake(db, { id, now });
      return numAffectedRows === 1n;
    },
    async giveUp(id, reason, now) {
      const { numUpdatedRows } = await db
        .updateTable('portico_saga')
        .set(({ eb }) => ({
          abort: JSON.stringify(reason),
          next_at: now,
          wakes: eb('wakes', '+', 1),
        }))
        .where('id', '=', id)
        .where('state', '=', 'running')
        .where('pivoted', '=', 0)
        .where('abort', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async renew(id, fence, until) {
      const { numAffectedRows } = await renew(db, { id, fence, until });
      return numAffectedRows === 1n;
    },
    history: createSagaHistory(db),
    sweep: (now) => sweep(db, now - SAGA_KEPT_MS),
  };
}

type SagaUpdate = ReturnType<typeof toSagaColumns> & {
  readonly id: string;
  readonly expected: number;
};

// What runs with every step.
const find = prepared((db: Kysely<PlatformTables>, { id }: { readonly id: string }) =>
  db.selectFrom('portico_saga').selectAll().where('id', '=', id),
);

const insert = prepared((db: Kysely<PlatformTables>, row: Insertable<SagaTable>) => {
  const { id, type, version, queue, trace, deadline, started_at, wakes, state, step } = row;
  const { pivoted, data, reason, abort, next_at, holder, lease_until, fence, attempts } = row;
  const { failures, trouble_at, stuck, step_at, ended_at } = row;
  const fixed = { id, type, version, queue, trace, deadline, started_at, wakes };
  const place = { state, step, pivoted, data, reason, abort, next_at, holder, lease_until };
  const count = { fence, attempts, failures, trouble_at, stuck, step_at, ended_at };
  return db
    .insertInto('portico_saga')
    .values({ ...fixed, ...place, ...count })
    .onConflict((conflict) => conflict.column('id').doNothing());
});

const wake = prepared(
  (db: Kysely<PlatformTables>, { id, now }: { readonly id: string; readonly now: number }) =>
    db
      .updateTable('portico_saga')
      .set(({ eb }) => ({ next_at: now, wakes: eb('wakes', '+', 1) }))
      .where('id', '=', id)
      .where('ended_at', 'is', null),
);

const older = prepared(
  (db: Kysely<PlatformTables>, { queue, seq }: { readonly queue: string; readonly seq: number }) =>
    db
      .selectFrom('portico_saga')
      .select('seq')
      .where('queue', '=', queue)
      .where('seq', '<', seq)
      .where('ended_at', 'is', null)
      .limit(1),
);

const selectDue = preparedList(
  (
    db: Kysely<PlatformTables>,
    { now, holder }: Pick<SagaDue, 'now' | 'holder'>,
    { list: definitions, limit },
  ) => dueQuery(db, { now, holder, limit, definitions }),
);

const save = prepared((db: Kysely<PlatformTables>, row: SagaUpdate) => {
  const { state, step, pivoted, data, reason, abort, next_at, holder, lease_until } = row;
  const { fence, attempts, failures, trouble_at, stuck, step_at, ended_at } = row;
  const place = { state, step, pivoted, data, reason, abort, next_at, holder, lease_until };
  return db
    .updateTable('portico_saga')
    .set({ ...place, fence, attempts, failures, trouble_at, stuck, step_at, ended_at })
    .where('id', '=', row.id)
    .where('fence', '=', row.expected);
});

const renew = prepared(
  (
    db: Kysely<PlatformTables>,
    lease: { readonly id: string; readonly fence: number; readonly until: number },
  ) =>
    db
      .updateTable('portico_saga')
      .set({ lease_until: lease.until })
      .where('id', '=', lease.id)
      .where('fence', '=', lease.fence),
);

type SagaReader = Pick<
  SagaLedger,
  'find' | 'due' | 'held' | 'isQueued' | 'list' | 'page' | 'live' | 'counts'
>;

function createSagaReader(db: Kysely<PlatformTables>): SagaReader {
  return {
    async find(id) {
      const { rows } = await find(db, { id });
      return rows[0] && toSagaRecord(rows[0]);
    },
    async due(due) {
      const { rows } = await selectDue(db, due, { list: due.definitions, limit: due.limit });
      return rows.map(({ id }) => id);
    },
    async held({ holder, limit, definitions }) {
      const rows = await db
        .selectFrom('portico_saga')
        .select(['id', 'holder', 'fence', 'lease_until'])
        .where('holder', '<>', '')
        .where('holder', '<>', holder)
        .where(sql<string>`type || '@' || version`, 'in', definitions)
        .orderBy('lease_until')
        .limit(limit)
        .execute();
      return rows.map(({ lease_until: leaseUntil, ...row }) => ({ ...row, leaseUntil }));
    },
    async isQueued({ queue, seq }) {
      if (queue === undefined) return false;
      return (await older(db, { queue, seq })).rows.length > 0;
    },
    async list({ type, state, stuck, live, before, limit }) {
      let query = db.selectFrom('portico_saga').selectAll();
      if (type !== undefined) query = query.where('type', '=', type);
      if (state !== undefined) query = query.where('state', '=', state);
      if (stuck !== undefined) query = query.where('stuck', '=', stuck ? 1 : 0);
      if (live !== undefined) query = query.where('ended_at', live ? 'is' : 'is not', null);
      if (before !== undefined) query = query.where('seq', '<', before);
      const rows = await query.orderBy('seq', 'desc').limit(limit).execute();
      return rows.map(toSagaRecord);
    },
    async page({ queue, live, after, limit }) {
      let query = db.selectFrom('portico_saga').selectAll();
      if (queue !== undefined) query = query.where('queue', '=', queue);
      if (live !== undefined) query = query.where('ended_at', live ? 'is' : 'is not', null);
      if (after !== undefined) query = query.where('id', '>', after);
      const rows = await query.orderBy('id').limit(limit).execute();
      return rows.map(toSagaRecord);
    },
    async live() {
      return await db
        .selectFrom('portico_saga')
        .select(['type', 'version', 'step', ({ fn }) => fn.countAll<number>().as('count')])
        .where('ended_at', 'is', null)
        .groupBy(['type', 'version', 'step'])
        .execute();
    },
    async counts() {
      const rows = await db
        .selectFrom('portico_saga')
        .select(['type', 'state', 'stuck', ({ fn }) => fn.countAll<number>().as('count')])
        .where('ended_at', 'is', null)
        .groupBy(['type', 'state', 'stuck'])
        .orderBy('type')
        .execute();
      return rows.map(({ stuck, count, ...row }) => ({
        ...row,
        stuck: stuck === 1,
        count: Number(count),
      }));
    },
  };
}

function dueQuery(db: Kysely<PlatformTables>, { now, holder, limit, definitions }: SagaDue) {
  const definition = sql<string>`saga.type || '@' || saga.version`;
  return db
    .selectFrom('portico_saga as saga')
    .select('saga.id')
    .where('saga.next_at', '<=', now)
    .where('saga.holder', 'in', ['', holder])
    .where(definition, 'in', definitions)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('portico_saga as older')
            .select('older.seq')
            .whereRef('older.queue', '=', 'saga.queue')
            .whereRef('older.seq', '<', 'saga.seq')
            .where('older.queue', 'is not', null)
            .where('older.ended_at', 'is', null),
        ),
      ),
    )
    .orderBy('saga.next_at')
    .limit(limit);
}

async function sweep(db: Kysely<PlatformTables>, until: number) {
  const old = db.selectFrom('portico_saga').select('id').where('ended_at', '<=', until);
  const { numDeletedRows: steps } = await db
    .deleteFrom('portico_saga_step')
    .where('seq', 'in', (eb) =>
      eb
        .selectFrom('portico_saga_step as due')
        .select('due.seq')
        .where('due.saga', 'in', old.limit(SWEEP_ROWS_MAX))
        .limit(SWEEP_ROWS_MAX),
    )
    .executeTakeFirst();
  if (Number(steps) === SWEEP_ROWS_MAX) return { removed: 0, done: false };
  const { numDeletedRows } = await db
    .deleteFrom('portico_saga')
    .where('id', 'in', old.limit(SWEEP_ROWS_MAX))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('portico_saga_step')
            .select('portico_saga_step.seq')
            .whereRef('portico_saga_step.saga', '=', 'portico_saga.id'),
        ),
      ),
    )
    .executeTakeFirst();
  const removed = Number(numDeletedRows);
  return { removed, done: removed < SWEEP_ROWS_MAX };
}
