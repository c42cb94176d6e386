import type { JsonSchema, StringShape, Type } from '@portico/contract';

/** The named types of an API. */
export type Types = Readonly<Record<string, Type>>;

const REFERENCE = /^#\/\$defs\//;

/** The schema behind references and "or null". Types that only refer to themselves have no structure. */
export function resolve(schema: JsonSchema, types: Types): JsonSchema {
  let current = schema;
  for (let steps = 0; steps <= Object.keys(types).length * 2; steps++) {
    const alternatives = current.anyOf;
    if (Array.isArray(alternatives)) current = asSchema(alternatives[0]);
    else if (typeof current.$ref !== 'string') return current;
    else current = asSchema(types[current.$ref.replace(REFERENCE, '')]?.schema);
  }
  return {};
}

/** The schema at a name of a keyword or of `properties`. */
export function schemaAt(container: unknown, name: string): JsonSchema {
  const schemas = asSchema(container);
  return Object.hasOwn(schemas, name) ? asSchema(schemas[name]) : {};
}

/** What is no object has no keywords. */
export function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}

/** What the keys of a map must look like, as the shape of a string. */
export function toKeyShape(names: JsonSchema): StringShape {
  const { minLength, maxLength, pattern, enum: values } = names;
  return {
    kind: 'string',
    ...(typeof minLength === 'number' ? { minLength } : {}),
    ...(typeof maxLength === 'number' ? { maxLength } : {}),
    ...(typeof pattern === 'string' ? { pattern } : {}),
    ...(Array.isArray(values) ? { values: values.map(String) } : {}),
  };
}
