import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';
import { prepared } from './prepared-query.ts';
import { type SagaStepRecord, toSagaStepRecord } from './saga-record.ts';

/**
 * Attempts at one step that are kept: the first and the newest. What is tried again for months must not
 * fill the disk.
 */
const ATTEMPTS_KEPT = 16;
/** More lines than any definition's steps and their kept attempts are read at once by nobody. */
const HISTORY_LINES_MAX = 10_000;

/** One attempt at a step. */
export interface SagaAttempt {
  readonly saga: string;
  readonly step: string;
  readonly direction: 'do' | 'undo';
  readonly attempt: number;
}

/** What was done for the sagas of a store. */
export interface SagaHistory {
  /** Notes the intent, before the call. `key`: what the keys of its calls begin with. */
  begin(attempt: SagaAttempt, key: string, now: number): Promise<void>;
  /** Notes what came of it. */
  end(attempt: SagaAttempt, outcome: SagaOutcome): Promise<void>;
  /** Notes what an operator did. */
  intervene(intervention: SagaIntervention): Promise<void>;
  /** All lines of a saga, oldest first. */
  read(saga: string): Promise<readonly SagaStepRecord[]>;
}

/** What came of an attempt. */
export interface SagaOutcome {
  readonly status: 'done' | 'waiting' | 'refused' | 'failed' | 'interrupted';
  readonly result: unknown;
  /** Unix time in ms. */
  readonly now: number;
}

/** What an operator did. */
export interface SagaIntervention {
  readonly saga: string;
  readonly step: string;
  readonly action: 'retry' | 'abort' | 'resolve';
  readonly by: string;
  readonly reason: string;
  /** Unix time in ms. */
  readonly now: number;
}

const insert = prepared(
  (db: Kysely<PlatformTables>, row: SagaAttempt & { readonly key: string; readonly at: number }) =>
    db.insertInto('portico_saga_step').values({
      ...{ saga: row.saga, step: row.step, direction: row.direction, attempt: row.attempt },
      ...{ status: 'started', key: row.key, result: null, at: row.at, ended_at: null },
    }),
);

const update = prepared(
  (
    db: Kysely<PlatformTables>,
    row: SagaAttempt & { status: string; result: string | null; at: number },
  ) =>
    db
      .updateTable('portico_saga_step')
      .set({ status: row.status, result: row.result, ended_at: row.at })
      .where('saga', '=', row.saga)
      .where('step', '=', row.step)
      .where('direction', '=', row.direction)
      .where('attempt', '=', row.attempt),
);

/** The history behind a handle. */
export function createSagaHistory(db: Kysely<PlatformTables>): SagaHistory {
  return {
    async begin({ saga, step, direction, attempt }, key, at) {
      await insert(db, { saga, step, direction, attempt, key, at });
      const surplus = attempt - ATTEMPTS_KEPT + 1;
      if (surplus <= 1) return;
      await db
        .deleteFrom('portico_saga_step')
        .where('saga', '=', saga)
        .where('step', '=', step)
        .where('direction', '=', direction)
        .where('attempt', '=', surplus)
        .execute();
    },
    async end({ saga, step, direction, attempt }, { status, result, now }) {
      const text = result === undefined ? null : JSON.stringify(result);
      const place = { saga, step, direction, attempt };
      await update(db, { ...place, status, result: text, at: now });
    },
    async intervene({ saga, step, action, by, reason, now }) {
      const { count } = await db
        .selectFrom('portico_saga_step')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('saga', '=', saga)
        .where('direction', '=', 'operator')
        .executeTakeFirstOrThrow();
      const result = JSON.stringify({ reason });
      const line = { saga, step, direction: 'operator', attempt: Number(count) + 1 } as const;
      await db
        .insertInto('portico_saga_step')
        .values({ ...line, status: action, key: by, result, at: now, ended_at: now })
        .execute();
    },
    async read(saga) {
      const rows = await db
        .selectFrom('portico_saga_step')
        .selectAll()
        .where('saga', '=', saga)
        .orderBy('seq')
        .limit(HISTORY_LINES_MAX)
        .execute();
      return rows.map(toSagaStepRecord);
    },
  };
}
