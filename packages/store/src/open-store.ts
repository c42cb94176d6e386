import type { DeliveryLedger } from './delivery-ledger.ts';
import type { EventLog, OutgoingEvent } from './event-log.ts';
import type { JobLedger } from './job-ledger.ts';
import type { RetainDays } from './log-retention.ts';
import type { SagaLedger } from './saga-ledger.ts';

/** The outcome of a keyed call as it is kept: a value, or a declared error. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'error';
      readonly name: string;
      readonly message: string;
      readonly data: unknown;
    }
  /** Undone before it was done: a forward call with this key is refused for ever. */
  | { readonly kind: 'tombstone' }
  /** Done, but what it came to was blanked with the person it was about. */
  | { readonly kind: 'forgotten' };

/** Identifies one keyed effect. */
export interface OutcomeKey {
  /** Who keys belong to: consumer and subject, or the calling service. */
  readonly scope: string;
  readonly operation: string;
  readonly key: string;
}

/** An outcome with the hash of the input it belongs to (SHA-256 of RFC 8785 canonical JSON, hex). */
export interface OutcomeRecord extends OutcomeKey {
  readonly hash: string;
  readonly outcome: Outcome;
  /** `consumer` outcomes are kept 24 h, `derived` ones 30 days. */
  readonly origin: 'consumer' | 'derived';
  /** The caller's subject, by which `forgetCaller` finds it whatever the scope. */
  readonly subject?: string;
}

/** A transaction in progress, as the runtime sees it. */
export interface StoreTransaction {
  /** The query handle for the service's own tables. */
  readonly db: unknown;
  append(event: OutgoingEvent): Promise<void>;
  /** @throws {OutcomeConflict} when the key already has an outcome. */
  recordOutcome(record: OutcomeRecord): Promise<void>;
  findOutcome(key: OutcomeKey): Promise<OutcomeRecord | undefined>;
  /** What the delivery of events notes with its effect. */
  readonly deliveries: DeliveryLedger;
  /** Where the service's sagas stand. */
  readonly sagas: SagaLedger;
  /** When the service's jobs run. */
  readonly jobs: JobLedger;
  /** Runs `work` in a savepoint of its own, undone when it throws. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** Limits of one transaction. */
export interface TransactionOptions {
  /** On the host's monotonic clock; a transaction of an expired call does not begin. */
  readonly deadline: number;
}

/** What one sweep removed. */
export interface SweepReport {
  readonly outcomes: number;
  readonly events: number;
  readonly sagas: number;
  /** Consumers of the log that were silent for 30 days: it is not kept for them any more. */
  readonly dropped: readonly string[];
}

/** An open store, as the runtime uses it; drivers make these. */
export interface OpenStore {
  /** The read-only query handle. */
  readonly read: unknown;
  /**
   * Serializable; resolves after COMMIT. `work` may run again after a conflict.
   * @throws {Failure} `DEADLINE` (not started) when the call has expired, `OVERLOADED` when the store is
   * busy until then or too many wait, `BUG` when `work` takes more than 1 s, `UNAVAILABLE` when the
   * engine failed to commit; and whatever `work` throws.
   */
  transaction<T>(
    work: (transaction: StoreTransaction) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T>;
  findOutcome(key: OutcomeKey): Promise<OutcomeRecord | undefined>;
  /** The events of this store, for those who hear them. */
  readonly log: Pick<EventLog, 'read'>;
  /** The notes of event delivery, for reading only: what writes is refused here. */
  readonly deliveries: DeliveryLedger;
  /** Where the service's sagas stand, for reading only: what writes is refused here. */
  readonly sagas: SagaLedger;
  /** When the service's jobs run, for reading only: what writes is refused here. */
  readonly jobs: JobLedger;
  /**
   * Calls `listener` after commits that may have put events into the log, those of other processes
   * within 50 ms. Returns how to stop.
   */
  watch(listener: () => void): () => void;
  /**
   * Removes what has been kept long enough (outcomes of consumers 24 h, derived ones 30 days; events 7 days
   * and until every subscriber has passed them; ended sagas 30 days; in batches of 500) and lets the engine tend its
   * statistics once a day. For the runtime, each 60 s.
   * @param now Unix time in ms.
   * @param retain Topics that are kept for longer.
   */
  sweep(now: number, retain?: RetainDays): Promise<SweepReport>;
  /** Blanks the stored outcomes of an erased person, keeping key and hash. Returns how many. */
  forgetCaller(subject: string): Promise<number>;
  /** Answers when the store can serve; rejects with why not. */
  check(): Promise<void>;
  close(): Promise<void>;
}
