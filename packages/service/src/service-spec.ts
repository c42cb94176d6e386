import type { Api, EffectOf, InputOf, OutputOf } from '@portico/contract';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Uses } from './client.ts';
import type { OperationContext, ServiceContext } from './context.ts';
import type { EventHandlers, Hears } from './heard-event.ts';
import type { Saga } from './saga-definition.ts';
import type { StoreDefinition } from './store-definition.ts';

type KeyOf<Op> = EffectOf<Op> extends 'keyed' ? true : false;
type Result<Op> = OutputOf<Op>;

/** One function per operation of the contract. */
export type Operations<A extends Api, U extends Uses, S, C> = {
  readonly [K in keyof A['operations']]: (
    input: InputOf<A['operations'][K]>,
    context: OperationContext<A, U, S, C, KeyOf<A['operations'][K]>>,
  ) => Promise<Result<A['operations'][K]>> | Result<A['operations'][K]>;
};

/**
 * Periodic work. One run per tick over all replicas; missed ticks are merged into one. A run that has begun is
 * not repeated when its process dies, and its transactions commit only while no other replica has taken
 * over. A service without a store runs its jobs in each replica.
 */
export type Job<A extends Api, U extends Uses, S, C> = (
  context: ServiceContext<A, U, S, C, false>,
) => Promise<void>;

/** What the author of a service writes beside its contract. */
export interface ServiceSpec<A extends Api, U extends Uses, H extends Hears, S, C> {
  /** The only APIs it can call. */
  readonly uses?: U;
  readonly hears?: H;
  readonly store?: S;
  /** Parsed at start; all mistakes of all services are reported together. */
  readonly config?: StandardSchemaV1<unknown, C>;
  readonly operations: Operations<A, U, S, C>;
  /** Needs a store: what was heard is noted in it. */
  readonly on?: EventHandlers<A, U, H, S, C>;
  /**
   * What its transactions can start. Definitions of earlier versions stand beside the current one, under
   * names of their own, as long as sagas of theirs are under way. Needs a store.
   */
  readonly sagas?: Readonly<Record<string, Saga>>;
  /** Period (`'30s'`, `'5m'`, `'1h'`, `'500ms'`) → job. */
  readonly every?: Readonly<Record<string, Job<A, U, S, C>>>;
  /** Runs after migrations, before the first call. A failure stops the start. */
  readonly start?: Job<A, U, S, C>;
  /** Runs after the last call, before the store closes. */
  readonly stop?: Job<A, U, S, C>;
}

/** A spec with its types forgotten: what the runtime works with. */
export type AnyServiceSpec = ServiceSpec<Api, Uses, Hears, StoreDefinition | undefined, unknown>;
