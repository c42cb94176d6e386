import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { Event, EventDefinition } from './event.ts';
import type {
  Effect,
  ErrorMap,
  Operation,
  OperationDefinition,
  Schema,
  SpecTypesOf,
} from './operation.ts';
import type { Type } from './shape.ts';

export type OperationDefinitions = Readonly<Record<string, OperationDefinition>>;
export type EventDefinitions = Readonly<Record<string, EventDefinition>>;

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without an output need not return anything.
type Infer<S> = S extends StandardJSONSchemaV1 ? StandardJSONSchemaV1.InferOutput<S> : void;
type InferInput<S> = S extends Schema ? StandardJSONSchemaV1.InferOutput<S> : Record<never, never>;

/** The operations of an API, typed from their definitions. */
export type OperationsOf<D extends OperationDefinitions> = {
  readonly [K in keyof D]: SpecTypesOf<D[K]> extends readonly [
    infer I,
    infer O,
    infer E extends ErrorMap,
    infer X extends Effect,
  ]
    ? Operation<InferInput<I>, Infer<O>, E, X>
    : never;
};

/** The events of an API, typed from their definitions. */
export type EventsOf<D extends EventDefinitions> = {
  readonly [K in keyof D]: D[K] extends EventDefinition<infer P> ? Event<Infer<P>> : never;
};

export type OperationMap = Readonly<Record<string, Operation<unknown, unknown, ErrorMap, Effect>>>;
export type EventMap = Readonly<Record<string, Event>>;

/** A contract as a value: serializable (`toContractJson`), comparable (`compare`), publishable. */
export interface Api<Ops = OperationMap, Evts = EventMap> {
  readonly kind: 'api';
  readonly name: string;
  /** Semantic version (semver.org 2.0.0). */
  readonly version: string;
  readonly major: number;
  readonly summary: string;
  readonly description?: string;
  readonly operations: Ops;
  readonly events: Evts;
  /** The named types that schemas refer to as `#/$defs/<Name>`. */
  readonly types: Readonly<Record<string, Type>>;
}

/** What the author of an API writes. */
export interface ApiSpec<D extends OperationDefinitions, V extends EventDefinitions> {
  readonly version: string;
  readonly summary: string;
  readonly description?: string;
  readonly operations: D;
  readonly events?: V;
}
