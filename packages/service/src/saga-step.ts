import type { Api } from '@portico/contract';
import type { Uses } from './client.ts';
import type { Transaction } from './context.ts';
import type { DataUpdate, StepContext, StepResult, UndoContext } from './saga-context.ts';
import type { StepDefinition } from './saga-definition.ts';
import type { SagaRun } from './saga-run.ts';

/** An API without operations and events: what a saga without `api` publishes. */
export type NoApi = Api<Record<never, never>, Record<never, never>>;

/** What the author of a step writes. */
export interface StepSpec<D, U extends Uses, S, A extends Api> {
  /**
   * Calls and reads first, one transaction last; what that transaction returns is what `do` must return.
   * It runs again after an unknown outcome, a wait or the death of its process, so its calls repeat
   * themselves with the same keys, derived by the platform.
   *
   * Before the pivot an error of a contract, or {@link abortSaga}, ends the saga: what was done is undone.
   * Everything else is tried again.
   */
  readonly do: (
    data: D,
    context: StepContext<D, U, S, A>,
  ) => Promise<StepResult<D>> | StepResult<D>;
  /**
   * Needed before the pivot; `'nothing'` where there is nothing to undo. It is repeated until it succeeds,
   * and runs for every step that has begun: also for one that was refused or whose outcome is
   * unknown. Calls of operations that declare `undoes` name the key that `do` used by themselves.
   */
  readonly undo?:
    | ((data: D, context: UndoContext<D, U, S, A>) => Promise<DataUpdate<D>> | DataUpdate<D>)
    | 'nothing';
  /** What one attempt may take, in ms. Default 10,000; at most 60,000. */
  readonly timeoutMs?: number;
  /** Before the pivot: attempts in a row without an answer before the saga turns back. No limit unless said. */
  readonly attemptsMax?: number;
  /**
   * Before the pivot: for how long, in ms, attempts may stay without an answer before the saga turns
   * back. Waiting is an answer. The saga's deadline unless said.
   */
  readonly limitMs?: number;
}

/** The work of a pivot: statements and events, no calls. */
export type PivotWork<D, S, A extends Api> = (
  data: D,
  transaction: Transaction<S, A['events']>,
  context: SagaRun,
) => Promise<DataUpdate<D>> | DataUpdate<D>;

declare const stepTypes: unique symbol;

/** A step of a saga, or its pivot, as `saga` takes them. */
export interface SagaStep<D, U extends Uses, S, A extends Api> {
  readonly name: string;
  readonly definition: StepDefinition;
  readonly [stepTypes]?: { readonly type: (data: D, uses: U, store: S, api: A) => void };
}

/** What one attempt at a step may take, unless it says something else. */
export const STEP_TIMEOUT_MS = 10_000;

/**
 * A named step: work in other services, and how to undo it. The name stands in keys and in the store, so
 * it stays as long as sagas of this version are under way.
 */
export function step<D, U extends Uses, S, A extends Api = NoApi>(
  name: string,
  spec: StepSpec<D, U, S, A>,
): SagaStep<D, U, S, A> {
  const { undo } = spec;
  return {
    name,
    definition: {
      kind: 'step',
      name,
      do: spec.do as (data: unknown, context: never) => unknown,
      undo:
        typeof undo === 'function'
          ? (undo as (data: unknown, context: never) => unknown)
          : undefined,
      undoSaid: undo !== undefined,
      timeoutMs: spec.timeoutMs ?? STEP_TIMEOUT_MS,
      attemptsMax: spec.attemptsMax ?? Number.POSITIVE_INFINITY,
      limitMs: spec.limitMs ?? Number.POSITIVE_INFINITY,
    },
  };
}

/**
 * The point of no return: a transaction of the service's own. Before it, trouble leads back; after it,
 * only forward. An error of a contract, or {@link abortSaga}, thrown by `work` turns the saga back. Without
 * `work` it only marks the point: as the first one, the decision was made by whoever started the saga.
 */
export function pivot<D, U extends Uses, S, A extends Api = NoApi>(
  name: string,
  work?: PivotWork<D, S, A>,
): SagaStep<D, U, S, A> {
  return {
    name,
    definition: {
      kind: 'pivot',
      name,
      work: work as ((data: unknown, transaction: never, context: SagaRun) => unknown) | undefined,
    },
  };
}
