import type { Insertable, Selectable, Updateable } from 'kysely';
import type { SagaStepTable, SagaTable } from './saga-tables.ts';

/** Why a saga turned back. Structurally what `@portico/service` calls `SagaReason`. */
export interface StoredReason {
  readonly kind: 'error' | 'limit' | 'deadline' | 'aborted';
  readonly name: string;
  readonly message: string;
  readonly step: string;
}

/** What of a saga never changes. */
export interface SagaIdentity {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly queue: string | undefined;
  /** W3C `traceparent` of whoever started it. */
  readonly trace: string | undefined;
  readonly deadline: number;
  readonly startedAt: number;
}

/** What its holder changes, by compare and set on the fence. Columns as in {@link SagaTable}. */
export interface SagaPlace {
  readonly state: SagaTable['state'];
  readonly step: string;
  readonly pivoted: boolean;
  readonly data: unknown;
  readonly reason: StoredReason | undefined;
  readonly abort: StoredReason | undefined;
  readonly nextAt: number | undefined;
  readonly holder: string;
  readonly leaseUntil: number;
  readonly fence: number;
  readonly attempts: number;
  readonly failures: number;
  readonly troubleAt: number | undefined;
  readonly stuck: boolean;
  readonly stepAt: number | undefined;
  readonly endedAt: number | undefined;
}

/** A saga as it stands. Times are Unix time in ms. */
export interface SagaRecord extends SagaIdentity, SagaPlace {
  readonly seq: number;
  readonly wakes: number;
}

/** A line of a saga's history. */
export interface SagaStepRecord {
  readonly step: string;
  readonly direction: SagaStepTable['direction'];
  readonly attempt: number;
  /**
   * `started`: under way, or its process died; `done`, `waiting`, `refused` (turns back), `failed` (outcome
   * unknown), `interrupted` (its process died or was drained); of operators `retry`, `abort`, `resolve`.
   */
  readonly status: string;
  readonly key: string;
  readonly result: unknown;
  readonly at: number;
  readonly endedAt: number | undefined;
}

/** A row as a record. Only the platform writes these columns, so their JSON is what it wrote. */
export function toSagaRecord(row: Selectable<SagaTable>): SagaRecord {
  return {
    seq: row.seq,
    id: row.id,
    type: row.type,
    version: row.version,
    queue: row.queue ?? undefined,
    trace: row.trace ?? undefined,
    deadline: row.deadline,
    startedAt: row.started_at,
    state: row.state,
    step: row.step,
    pivoted: row.pivoted === 1,
    data: JSON.parse(row.data),
    reason: parse(row.reason),
    abort: parse(row.abort),
    nextAt: row.next_at ?? undefined,
    holder: row.holder,
    leaseUntil: row.lease_until,
    fence: row.fence,
    attempts: row.attempts,
    failures: row.failures,
    troubleAt: row.trouble_at ?? undefined,
    stuck: row.stuck === 1,
    stepAt: row.step_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    wakes: row.wakes,
  };
}

function parse(text: string | null): StoredReason | undefined {
  return text === null ? undefined : (JSON.parse(text) as StoredReason);
}

/** The columns that a holder changes. */
export function toSagaColumns(place: SagaPlace) {
  const { reason, abort } = place;
  return {
    state: place.state,
    step: place.step,
    pivoted: place.pivoted ? 1 : 0,
    data: JSON.stringify(place.data),
    reason: reason === undefined ? null : JSON.stringify(reason),
    abort: abort === undefined ? null : JSON.stringify(abort),
    next_at: place.nextAt ?? null,
    holder: place.holder,
    lease_until: place.leaseUntil,
    fence: place.fence,
    attempts: place.attempts,
    failures: place.failures,
    trouble_at: place.troubleAt ?? null,
    stuck: place.stuck ? 1 : 0,
    step_at: place.stepAt ?? null,
    ended_at: place.endedAt ?? null,
  } satisfies Updateable<SagaTable>;
}

/** The row of a saga that begins. */
export function toNewSagaRow(saga: SagaIdentity & SagaPlace): Insertable<SagaTable> {
  const { id, type, version, queue, trace, deadline, startedAt } = saga;
  const fixed = { id, type, version, deadline, started_at: startedAt, wakes: 0 };
  return { ...fixed, queue: queue ?? null, trace: trace ?? null, ...toSagaColumns(saga) };
}

/** A row of the history as a record. */
export function toSagaStepRecord(row: Selectable<SagaStepTable>): SagaStepRecord {
  const { step, direction, attempt, status, key, at } = row;
  const result: unknown = row.result === null ? undefined : JSON.parse(row.result);
  return { step, direction, attempt, status, key, result, at, endedAt: row.ended_at ?? undefined };
}
