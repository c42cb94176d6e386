import type { Api } from '@portico/contract';
import type { Timers } from '@portico/host';
import type { Clients, Uses } from './client.ts';
import type { ForgetCaller, Transaction } from './context.ts';
import type { SagaReason } from './saga-reason.ts';
import type { SagaRun } from './saga-run.ts';
import type { SagaWait } from './saga-wait.ts';
import type { HandleOf } from './store-definition.ts';

/** Fields to change in a saga's data; one set to `undefined` is removed. */
export type DataChanges<D> = { readonly [K in keyof D]?: D[K] | undefined };

/**
 * What a step comes to: fields to change in the saga's data, nothing, or {@link wait}: the step again,
 * later. In a step with a transaction it is what that transaction returns.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a step that changes nothing need not return anything.
export type StepResult<D> = DataChanges<D> | SagaWait<DataChanges<D>> | void;

/** What an undo or a pivot comes to: fields to change in the saga's data, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: as above.
export type DataUpdate<D> = DataChanges<D> | void;

/** What a step gets beside the saga's data. */
export interface StepContext<D, U extends Uses, S, A extends Api> extends SagaRun {
  /** Which attempt at this step this is, from 1. */
  readonly attempt: number;
  /**
   * The APIs that the saga uses. Keys derive from saga and step: `<saga>/<step>/<api>.<operation>`. A
   * second call of one operation in one step needs a key of its own: {@link StepContext.key}.
   */
  readonly uses: Clients<U, true>;
  /** The service's own data, read-only. */
  readonly store: HandleOf<S>;
  /**
   * The step's one transaction, after its calls. What it returns is the step's result, which commits
   * with it; the next step is begun in it too.
   */
  readonly transaction: <T extends StepResult<D>>(
    work: (transaction: Transaction<S, A['events']>) => Promise<T>,
  ) => Promise<T>;
  readonly forgetCaller: ForgetCaller;
  /** `<saga>/<step>/<name>`: the key of a call that needs its own, the same for every attempt. */
  key(name: string): string;
  readonly timers: Timers;
  /** Aborted when the attempt's time is over, or the process must stop. */
  readonly signal: AbortSignal;
  /** Milliseconds left to this attempt; never negative. */
  remainingMs(): number;
}

/** What an undo gets beside the saga's data. Its own keys are `<saga>/<step>/undo/<api>.<operation>`. */
export interface UndoContext<D, U extends Uses, S, A extends Api> extends StepContext<D, U, S, A> {
  /** Why the saga turned back. */
  readonly reason: SagaReason;
  /** The key that `do` used for `name`: an operation's id, or what it passed to `key`. For `undoes`. */
  forwardKey(name: string): string;
}
