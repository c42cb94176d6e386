import type { Api } from './api.ts';
import type { Event } from './event.ts';
import type { DeclaredError, Operation } from './operation.ts';
import { bounded, closed, reachableTypes } from './schema-bounds.ts';
import type { JsonSchema, ObjectType, Type } from './shape.ts';
import { resolveSchema, type Schemas, toObject, toShape } from './shape-reader.ts';

/** An error of an operation with its data as a normalised schema. */
export type ErrorSource = Omit<DeclaredError, 'data'> & { readonly data: JsonSchema | undefined };

/** An operation with its schemas normalised, before their structure is read. */
export type OperationSource = Omit<Operation, 'input' | 'output' | 'errors'> & {
  readonly input: JsonSchema;
  readonly output: JsonSchema | undefined;
  readonly errors: readonly ErrorSource[];
};

/** An event with its payload normalised. */
export type EventSource = Omit<Event, 'payload'> & { readonly payload: JsonSchema };

/** Everything an API is made of, whether it came from an author or from `contract.json`. */
export type ApiSource = Omit<Api, 'operations' | 'events' | 'types' | 'kind' | 'major'> & {
  readonly operations: readonly OperationSource[];
  readonly events: readonly EventSource[];
  readonly types: Schemas;
};

/** Makes the value of an API: inputs closed and bounded, structures read. Checks nothing. */
export function assemble(source: ApiSource): Api {
  const { operations, events, types, ...head } = source;
  const schemas = finishTypes(operations, types);
  return {
    kind: 'api',
    ...head,
    major: Number.parseInt(source.version, 10),
    operations: byName(operations.map((operation) => assembleOperation(operation, schemas))),
    events: byName(
      events.map((event): Event => ({ ...event, payload: toObjectType(event.payload, schemas) })),
    ),
    types: Object.fromEntries(
      Object.keys(schemas)
        .sort()
        .map((name) => [name, toType(schemas[name] ?? {}, schemas)]),
    ),
  };
}

function byName<T extends { readonly name: string }>(values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value) => [value.name, value]));
}

/** A named type that an input reaches is closed and bounded, also where an output has it too. */
function finishTypes(operations: readonly OperationSource[], types: Schemas): Schemas {
  const inputs = operations.map(({ input }) => input);
  const reached = reachableTypes(inputs, types);
  return Object.fromEntries(
    Object.entries(types).map(([name, schema]) => [
      name,
      reached.has(name) ? closed(bounded(schema)) : schema,
    ]),
  );
}

function assembleOperation(source: OperationSource, types: Schemas): Operation {
  const { input, output, errors, ...rest } = source;
  return {
    ...rest,
    input: toObjectType(closed(bounded(input)), types),
    output: output === undefined ? undefined : toObjectType(output, types),
    errors: byName(
      errors.map(
        (error): DeclaredError => ({
          ...error,
          data: error.data === undefined ? undefined : toType(error.data, types),
        }),
      ),
    ),
  };
}

function toObjectType(schema: JsonSchema, types: Schemas): ObjectType {
  return { schema, shape: toObject(resolveSchema(schema, types), types) };
}

function toType(schema: JsonSchema, types: Schemas): Type {
  return { schema, shape: toShape(schema, types) };
}
