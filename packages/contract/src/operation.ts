import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { AnyErrorDefinition } from './error.ts';
import type { ObjectType, Type } from './shape.ts';

/** Where an operation can be reached from. The default is `internal`: public is opt-in. */
export type Exposure = 'public' | 'partner' | 'admin' | 'internal';

/**
 * What a repetition means. `safe`: reads. `idempotent`: the same call twice is one. `keyed`: once per
 * idempotency key. `unsafe`: never repeated by anyone.
 */
export type Effect = 'safe' | 'idempotent' | 'keyed' | 'unsafe';

/** Who may call: anyone, anyone with a subject, or a caller holding all of the permissions. */
export type Access = 'anyone' | 'signedIn' | readonly string[];

/** Decides what is shed first under load. */
export type Criticality = 'critical' | 'default' | 'sheddable' | 'batch';

/** Whose an identified thing is; required where the input carries an `id(…)`. */
export type Owner = 'subject' | 'consumer' | 'tenant' | 'shared';

/** RFC 9745 (`Deprecation`) and RFC 8594 (`Sunset`). Dates are `YYYY-MM-DD`. */
export interface Deprecation {
  readonly since: string;
  readonly sunset?: string;
  /** The operation to use instead. */
  readonly use?: string;
}

/** How long a reply may be reused (RFC 9111). */
export interface CachePolicy {
  readonly maxAgeSeconds: number;
  readonly shared?: boolean;
}

/** An input taken as bytes, for webhooks of others: the body into one field, named headers into others. */
export interface RawInput {
  /** The input field (binary) that gets the body. */
  readonly body: string;
  /** Input field → header name. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Schema = StandardJSONSchemaV1;
export type ErrorMap = Readonly<Record<string, AnyErrorDefinition>>;

/** What the author of an operation writes. */
export interface OperationSpec<
  I extends Schema | undefined,
  O extends Schema | undefined,
  E extends ErrorMap,
  X extends Effect,
> {
  readonly summary: string;
  readonly description?: string;
  readonly exposure?: Exposure;
  readonly access?: 'anyone' | 'signedIn' | string | readonly string[];
  readonly effect: X;
  /** `'GET /stock/{sku}'`, below `/{api}/v{major}`. Default: `POST /{operation}`. */
  readonly http?: string;
  readonly input?: I;
  readonly output?: O;
  readonly errors?: E;
  /** The operation that reads what this one made: gives 201 and `Location`. */
  readonly creates?: string;
  readonly owner?: Owner;
  readonly criticality?: Criticality;
  /** The most a call may take; the caller's remaining time if that is less. Default 3,000. */
  readonly timeoutMs?: number;
  /** A long poll: holds no concurrency slot while it waits. */
  readonly waits?: boolean;
  readonly deprecated?: Deprecation;
  readonly cache?: CachePolicy;
  /** Units that count against limits. Default 1. */
  readonly cost?: number;
  readonly raw?: RawInput;
  /** Largest request body. Default: the gateway's 1 MiB. */
  readonly maxBytes?: number;
  /** The keyed operation that this one compensates. */
  readonly undoes?: string;
}

/**
 * Carries a type that no value holds. Wrapped, because inference would take an optional `undefined`
 * for "unknown".
 */
export interface Carried<T> {
  readonly type: T;
}

declare const specTypes: unique symbol;

/** An operation as its author wrote it, before `api` has checked and named it. */
export interface OperationDefinition<
  I extends Schema | undefined = Schema | undefined,
  O extends Schema | undefined = Schema | undefined,
  E extends ErrorMap = ErrorMap,
  X extends Effect = Effect,
> {
  readonly kind: 'operation';
  readonly spec: OperationSpec<I, O, E, X>;
  readonly [specTypes]?: Carried<readonly [I, O, E, X]>;
}

/** Input schema, output schema, errors and effect of a definition; `undefined` where it has none. */
export type SpecTypesOf<D> = D extends { readonly [specTypes]?: Carried<infer Types> }
  ? Types
  : never;

/** Declares an operation of a contract. Nothing is checked before `api`, which lists all mistakes together. */
export function operation<
  const X extends Effect,
  I extends Schema | undefined = undefined,
  O extends Schema | undefined = undefined,
  E extends ErrorMap = Record<never, never>,
>(
  spec: OperationSpec<I, O, E, X>,
  // Without NoInfer, what `api` accepts would be taken for what is left out here.
): OperationDefinition<NoInfer<I>, NoInfer<O>, NoInfer<E>, X> {
  return { kind: 'operation', spec };
}

/** An operation's REST form, read from `http`. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/stock/{sku}`, below `/{api}/v{major}`. */
  readonly path: string;
  /** Names of the input fields that stand in the path, in order. */
  readonly parameters: readonly string[];
}

declare const inputType: unique symbol;
declare const outputType: unique symbol;
declare const errorsType: unique symbol;

/** An operation of an API: checked, named, its schemas compiled. The type parameters are what handlers and clients see. */
export interface Operation<
  In = unknown,
  Out = unknown,
  E extends ErrorMap = ErrorMap,
  X extends Effect = Effect,
> {
  readonly api: string;
  readonly name: string;
  /** `inventory.reserve`: unique in a system, the name in logs, metrics and derived keys. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly exposure: Exposure;
  /** `undefined` only for internal operations: whoever declares the API in `uses` may call. */
  readonly access: Access | undefined;
  readonly effect: X;
  readonly http: HttpRoute;
  /** An object without fields when the author gave none. */
  readonly input: ObjectType;
  /** `undefined`: the operation answers with nothing (204). */
  readonly output: ObjectType | undefined;
  readonly errors: { readonly [K in keyof E]: DeclaredError };
  readonly creates?: string;
  readonly owner?: Owner;
  readonly criticality: Criticality;
  readonly timeoutMs: number;
  readonly waits: boolean;
  readonly deprecated?: Deprecation;
  readonly cache?: CachePolicy;
  readonly cost: number;
  readonly raw?: RawInput;
  readonly maxBytes?: number;
  readonly undoes?: string;
  readonly [inputType]?: Carried<In>;
  readonly [outputType]?: Carried<Out>;
  readonly [errorsType]?: Carried<E>;
}

/** An error as one operation declares it: the definition, its name there, its data compiled. */
export interface DeclaredError {
  readonly name: string;
  readonly status: number;
  readonly summary: string;
  readonly data: Type | undefined;
  /** Absent when the API was read from `contract.json`. */
  readonly definition?: AnyErrorDefinition;
}

/** The input of an operation, as its handler gets it and its client passes it. */
export type InputOf<O> = O extends Operation<infer In, infer _Out, infer _E, infer _X> ? In : never;
/** The output of an operation. `void` when it has none. */
export type OutputOf<O> =
  O extends Operation<infer _In, infer Out, infer _E, infer _X> ? Out : never;
/** The errors that an operation declares, by name. */
export type ErrorsOf<O> = O extends Operation<infer _In, infer _Out, infer E, infer _X> ? E : never;
/** The effect of an operation. */
export type EffectOf<O> = O extends Operation<infer _In, infer _Out, infer _E, infer X> ? X : never;
