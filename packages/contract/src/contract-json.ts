import type { Api } from './api.ts';
import type { Event } from './event.ts';
import type { Access, DeclaredError, Operation } from './operation.ts';
import type { JsonSchema } from './shape.ts';

/** The version of the format of `contract.json`. Readers refuse any other. */
export const CONTRACT_FORMAT = 1;

/** An error in `contract.json`. */
export interface ErrorJson {
  readonly status: number;
  readonly summary: string;
  readonly data?: JsonSchema;
}

/** An operation in `contract.json`: every attribute written out, defaults too. */
export type OperationJson = Omit<
  Operation,
  'api' | 'name' | 'id' | 'http' | 'access' | 'input' | 'output' | 'errors'
> & {
  readonly access?: Access;
  /** `GET /stock/{sku}`. */
  readonly http: string;
  readonly input: JsonSchema;
  readonly output?: JsonSchema;
  readonly errors: Readonly<Record<string, ErrorJson>>;
};

/** An event in `contract.json`. */
export type EventJson = Omit<Event, 'api' | 'name' | 'id' | 'access' | 'payload'> & {
  readonly access?: Access;
  readonly payload: JsonSchema;
};

/** An API as plain JSON: for baselines, for publishing, for programs that have no TypeScript. */
export interface ContractJson {
  readonly format: typeof CONTRACT_FORMAT;
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly description?: string;
  readonly operations: Readonly<Record<string, OperationJson>>;
  readonly events: Readonly<Record<string, EventJson>>;
  readonly types: Readonly<Record<string, JsonSchema>>;
}

/**
 * The API as plain JSON, with its members in a fixed order: the same API gives the same text, so that
 * a changed line in a diff is a changed line in the contract. Operations keep their author's order.
 */
export function toContractJson(api: Api): ContractJson {
  const { name, version, summary, description } = api;
  return {
    format: CONTRACT_FORMAT,
    name,
    version,
    summary,
    ...(description === undefined ? {} : { description }),
    operations: mapValues(api.operations, toOperationJson),
    events: mapValues(api.events, toEventJson),
    types: mapValues(api.types, ({ schema }) => schema),
  };
}

function toOperationJson(operation: Operation): OperationJson {
  const { summary, description, exposure, access, effect, http, input, output } = operation;
  const { creates, owner, deprecated, cache, raw, maxBytes, undoes } = operation;
  return present({
    summary,
    description,
    exposure,
    access,
    owner,
    effect,
    undoes,
    http: `${http.method} ${http.path}`,
    creates,
    raw,
    maxBytes,
    input: input.schema,
    output: output?.schema,
    errors: mapValues<DeclaredError, ErrorJson>(operation.errors, ({ status, summary, data }) =>
      present({ status, summary, data: data?.schema }),
    ),
    criticality: operation.criticality,
    timeoutMs: operation.timeoutMs,
    waits: operation.waits,
    cost: operation.cost,
    cache,
    deprecated,
  });
}

function toEventJson(event: Event): EventJson {
  const { summary, key, exposure, access, owner, retainDays, payload } = event;
  return present({ summary, key, exposure, access, owner, retainDays, payload: payload.schema });
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** A value without the members that are `undefined`, as JSON would have it. */
type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

function present<T extends object>(value: T): Present<T> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Present<T>;
}
