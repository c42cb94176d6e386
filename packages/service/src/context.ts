import type { Api, EventMap, PayloadOf } from '@portico/contract';
import type { Clock, Ids, Random, Timers } from '@portico/host';
import type { Call } from './call.ts';
import type { Caller } from './caller.ts';
import type { Clients, Uses } from './client.ts';
import type { Logger } from './logger.ts';
import type { StartSaga } from './saga-definition.ts';
import type { SagaReader } from './saga-view.ts';
import type { HandleOf } from './store-definition.ts';

/** Puts an event into the service's log, in the effect's own transaction. */
export type Publish<Evts> = <N extends keyof Evts & string>(
  name: N,
  payload: PayloadOf<Evts[N]>,
) => Promise<void>;

/**
 * Blanks what the service's store keeps of the answers to an erased person's keyed calls: whoever repeats
 * one is told so (`key-mismatch`), and nothing happens twice. `subject` is written as callers have it
 * (`user:acc_1`). Answers how many there were. A write of its own, harmless when repeated: outside of
 * every transaction and, where the handler of an event or a step has one, before it.
 */
export type ForgetCaller = (subject: string) => Promise<number>;

/** What a transaction gives: its query handle, and the events and sagas that commit with it. */
export interface Transaction<S, Evts = EventMap> {
  readonly db: HandleOf<S>;
  readonly publish: Publish<Evts>;
  /** Starts one of the service's `sagas`. */
  readonly start: StartSaga;
  /** Lets a saga of this service that waits go on at once. False when none of that id is under way. */
  readonly wake: (sagaId: string) => Promise<boolean>;
  /**
   * Gives up a saga of this service: what it did is undone, `reason` is the name of why. False when its
   * pivot has passed, it has turned back already, or none of that id is under way.
   */
  readonly abort: (sagaId: string, reason: string) => Promise<boolean>;
}

/** What every handler and job gets. */
export interface ServiceContext<A extends Api, U extends Uses, S, C, HasKey extends boolean> {
  /** The APIs declared in `uses`, and no others. */
  readonly uses: Clients<U, HasKey>;
  /** The service's own data, read-only. Absent where the service has no store. */
  readonly store: HandleOf<S>;
  /** Where the service's sagas stand. */
  readonly sagas: SagaReader;
  /**
   * Runs `work` as one serializable transaction, at most 1 s. It may run again after a conflict, so it
   * holds statements, `publish` and sagas only; a call inside is a `BUG`.
   */
  readonly transaction: <T>(
    work: (transaction: Transaction<S, A['events']>) => Promise<T>,
  ) => Promise<T>;
  readonly forgetCaller: ForgetCaller;
  readonly config: C;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly ids: Ids;
  /** Aborted when the deadline has passed, the caller gave up, or the process must stop. */
  readonly signal: AbortSignal;
  /** Milliseconds left; never negative. */
  remainingMs(): number;
}

/** What the handler of an operation gets beside its input. */
export interface OperationContext<A extends Api, U extends Uses, S, C, HasKey extends boolean>
  extends ServiceContext<A, U, S, C, HasKey> {
  readonly caller: Caller;
  readonly call: Call;
  /** In a compensation: what the forward call answered. `undefined` in every other call. */
  readonly undone: unknown;
  /**
   * The caller as the owner of rows: a user's bare id (`acc_1` for `user:acc_1`), everyone else with
   * the kind (`consumer:erp`), so that nobody owns what belongs to a namesake.
   * @throws {Failure} `unauthenticated` for callers without a subject.
   */
  subject(): string;
  /**
   * `row` if it exists and its owner is the caller, as `subject()` names it, or the caller holds
   * `override`; else `not-found`, the same as for an unknown id.
   */
  owned<Row>(row: Row | undefined, ownerOf: (row: Row) => string, override?: string): Row;
}
