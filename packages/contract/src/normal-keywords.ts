import type { Report } from './definition-error.ts';
import { isRecord } from './json.ts';
import type { JsonSchema } from './shape.ts';

/** What reading one schema needs beside the schema. */
export interface Reading {
  /** The raw `$defs` that stand beside it. */
  readonly definitions: Readonly<Record<string, unknown>>;
  readonly report: Report;
}

/** Says what is wrong and goes on with "anything", so that the other mistakes are found too. */
export function refuse(place: string, problem: string, reading: Reading): JsonSchema {
  reading.report(place, problem);
  return {};
}

/** Keywords that describe and never refuse a value. */
const ANNOTATIONS = new Set(['title', 'description', 'examples', 'deprecated']);
/**
 * Keywords without a meaning here. Zod writes `readOnly` for values that TypeScript should not
 * change, whereas OpenAPI would read it as "never send this".
 */
const IGNORED = new Set(['$schema', '$defs', '$comment', 'readOnly', 'writeOnly']);

const isAnnotation = (keyword: string) => ANNOTATIONS.has(keyword) || keyword.startsWith('x-');

/** A schema's keywords, those that describe apart from those that constrain. */
export function splitKeywords(schema: JsonSchema): {
  readonly annotations: JsonSchema;
  readonly constraints: JsonSchema;
} {
  const annotations: Record<string, unknown> = {};
  const constraints: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || IGNORED.has(keyword)) continue;
    (isAnnotation(keyword) ? annotations : constraints)[keyword] = value;
  }
  return { annotations, constraints };
}

/** Why a keyword of JSON Schema 2020-12 has no place in a contract, and what to write instead. */
const REASONS: Readonly<Record<string, string>> = {
  prefixItems: 'a tuple has no form in XML or in most languages; use an object with named fields',
  additionalItems: 'a tuple has no form in XML or in most languages; use an object',
  not: 'a type that accepts nothing, or all but something, has no form in XML; say what it accepts',
  if: 'a conditional schema has no form in XML; use a tagged union',
  patternProperties: 'use a map (z.record) or named fields',
  dependentSchemas: 'a conditional schema has no form in XML; use a tagged union',
  dependentRequired: 'fields that require each other belong into one optional object',
  unevaluatedProperties: 'inputs are closed and outputs open by themselves; leave it out',
  unevaluatedItems: 'inputs are closed by themselves; leave it out',
  contains: 'it has no form in XML; check it in the handler and declare an error',
  default: 'nothing applies defaults; make the field optional and choose the value in the handler',
  $dynamicRef: 'references are #/$defs/Name',
  $anchor: 'references are #/$defs/Name',
  $id: 'references are #/$defs/Name',
};

/** Reports every constraint that is not among `allowed`. */
export function allowOnly(
  constraints: JsonSchema,
  allowed: readonly string[],
  where: { readonly place: string; readonly what: string; readonly reading: Reading },
): void {
  for (const keyword of Object.keys(constraints)) {
    if (allowed.includes(keyword)) continue;
    const reason = REASONS[keyword] ?? `${where.what} can't carry it in every binding`;
    where.reading.report(where.place, `the keyword "${keyword}" is refused: ${reason}.`);
  }
}

const ORDER = [
  '$ref',
  'type',
  'title',
  'description',
  'format',
  'contentEncoding',
  'const',
  'enum',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'maxProperties',
  'items',
  'minItems',
  'maxItems',
  'uniqueItems',
  'oneOf',
  'anyOf',
  'examples',
  'deprecated',
];

/** The same schema with its keywords in one order, so that documents and diffs are stable. */
export function ordered(schema: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const keyword of ORDER) {
    if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  }
  for (const keyword of Object.keys(schema).sort()) {
    if (!(keyword in result) && schema[keyword] !== undefined) result[keyword] = schema[keyword];
  }
  return result;
}

/** The schema that also accepts `null`, which is a value of its own, apart from "absent". */
export function orNull(schema: JsonSchema): JsonSchema {
  const { type, const: constant, ...rest } = schema;
  if (typeof type === 'string') {
    const values = constant === undefined ? rest.enum : [constant];
    const nullable = { ...rest, type: [type, 'null'] };
    return Array.isArray(values) ? { ...nullable, enum: [...values, null] } : nullable;
  }
  if (schema.$ref === undefined && schema.oneOf === undefined) return schema;
  const { annotations, constraints } = splitKeywords(schema);
  return { ...annotations, anyOf: [constraints, { type: 'null' }] };
}

/** Whether a normalised schema accepts `null` beside the values of one type. */
export function isNullable(schema: JsonSchema): boolean {
  return Array.isArray(schema.type) || schema.anyOf !== undefined;
}

/** The list under a keyword, or nothing where it is not a list of schemas. */
export function schemasIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The type's name in `#/$defs/Name`. */
export function referencedName(reference: unknown): string | undefined {
  return typeof reference === 'string' && reference.startsWith('#/$defs/')
    ? reference.slice('#/$defs/'.length)
    : undefined;
}

/** A raw schema with its references followed, or `undefined` where they lead nowhere. */
export function followReference(
  schema: unknown,
  definitions: Readonly<Record<string, unknown>>,
): JsonSchema | undefined {
  let current = schema;
  // A chain longer than the number of types is a circle.
  for (let steps = 0; steps <= Object.keys(definitions).length; steps++) {
    if (!isRecord(current)) return undefined;
    if (current.$ref === undefined) return current;
    const name = referencedName(current.$ref);
    current =
      name !== undefined && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  }
  return undefined;
}
