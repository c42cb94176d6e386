import { type Api, api, operation, type Schema } from '@portico/contract';
import { assertSagaSpec } from './check-saga.ts';
import type { Uses } from './client.ts';
import type { Transaction } from './context.ts';
import { SAGA_DEADLINE_MS, SAGA_STUCK_MS, type Saga } from './saga-definition.ts';
import type { UndoneRun } from './saga-run.ts';
import type { NoApi, SagaStep } from './saga-step.ts';
import type { StoreDefinition } from './store-definition.ts';

/** What a schema's values are, as the saga's steps see them. */
export type DataOf<Sch extends Schema> = NonNullable<Sch['~standard']['types']>['output'];

/** What the author of a saga writes beside its steps. */
export interface SagaSpec<Sch extends Schema, U extends Uses, S, A extends Api> {
  /** The service's own contract, for the events that steps publish. */
  readonly api?: A;
  /** The APIs its steps call; each also stands in the `uses` of the service. */
  readonly uses?: U;
  /** The store of the service that runs it. */
  readonly store: S;
  /** An object: what the steps know and change. Ids and amounts, no personal data; 256 KB as JSON. */
  readonly data: Sch;
  /**
   * Raised whenever steps change their names, order or meaning. Sagas under way keep theirs, so the old
   * definition stays in the service until none of its is left. Default 1.
   */
  readonly version?: number;
  /** From the start to the pivot, in ms; then it turns back. Default 5 minutes. */
  readonly deadlineMs?: number;
  /** After so long without an answer, in ms, it is stuck: alarm, and an attempt each 10 minutes. At most and by default an hour. */
  readonly stuckMs?: number;
  /** Runs in the transaction that ends the saga after everything was undone. */
  readonly undone?: (
    data: DataOf<Sch>,
    transaction: Transaction<S, A['events']>,
    context: UndoneRun,
  ) => Promise<void> | void;
}

/**
 * Defines a saga: work in several services that is done in all of them or undone in all of them. Its
 * service lists it in `sagas`, and starts one in a transaction.
 *
 * @throws {Error} with all mistakes: no steps or more than 1,000, a name twice, more than one pivot, a
 * step before the pivot that does not say how to undo it, one after it that does; data that no contract
 * could have.
 */
export function saga<
  Sch extends Schema,
  S extends StoreDefinition,
  U extends Uses = Record<never, never>,
  A extends Api = NoApi,
>(
  name: string,
  spec: SagaSpec<Sch, U, S, A>,
  steps: readonly SagaStep<DataOf<Sch>, NoInfer<U>, NoInfer<S>, NoInfer<A>>[],
): Saga<DataOf<Sch>> {
  const definitions = steps.map(({ definition }) => definition);
  const {
    version = 1,
    deadlineMs = SAGA_DEADLINE_MS,
    stuckMs = SAGA_STUCK_MS,
    uses,
    undone,
  } = spec;
  assertSagaSpec({ name, version, deadlineMs, stuckMs, steps: definitions });
  const dataApi = api('saga', {
    version: '1.0.0',
    summary: `The data of ${name}.`,
    operations: { data: operation({ summary: 'Data.', effect: 'unsafe', input: spec.data }) },
  });
  return {
    kind: 'saga',
    name,
    version,
    uses: uses ?? {},
    api: spec.api,
    dataApi: dataApi as unknown as Api,
    steps: definitions,
    deadlineMs,
    stuckMs,
    undone: undone as Saga['undone'],
  };
}
