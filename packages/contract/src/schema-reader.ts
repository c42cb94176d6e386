import type { Report } from './definition-error.ts';
import { canonicalJson, isRecord } from './json.ts';
import { normalizeSchema } from './normal-schema.ts';
import type { Schema } from './operation.ts';
import type { JsonSchema } from './shape.ts';
import { resolveSchema, type Schemas } from './shape-reader.ts';
import { inspectZod } from './zod-inspector.ts';

/** Reads the schemas of one API: each library's own into normalised JSON Schema, named types apart. */
export interface SchemaReader {
  /** The named types met so far. */
  readonly types: Schemas;
  /** The normalised schema, which must be an object with named fields. */
  readObject(schema: unknown, place: string): JsonSchema;
}

/** A type's name becomes an XML type, a class in generated clients, a component in OpenAPI. */
const TYPE_NAME = /^[A-Z][A-Za-z0-9]*$/;

/** A reader that reports what it refuses, each with its place. */
export function createSchemaReader(reportAnywhere: Report): SchemaReader {
  // What the inspector of Zod refused would only be refused again, in JSON Schema's words.
  const refused = new Set<string>();
  const report: Report = (place, problem) => {
    if (!refused.has(place)) reportAnywhere(place, problem);
  };
  const types: Record<string, JsonSchema> = {};
  const raw = new Map<string, string>();
  const converted = new Map<Schema, JsonSchema | undefined>();
  const inspected = new Map<object, boolean>();

  function convertOnce(schema: Schema, place: string): JsonSchema | undefined {
    if (!converted.has(schema)) {
      const before = refused.size;
      const note: Report = (where, problem) => {
        reportAnywhere(where, problem);
        refused.add(where);
      };
      const plain = inspectZod(schema, place, { report: note, inspected });
      const lenient = refused.size > before;
      // Where all is known to yield what it accepts, one side is both: conversion is most of what
      // `api` costs.
      converted.set(schema, convert(schema, place, { report, lenient, only: plain || lenient }));
    }
    return converted.get(schema);
  }

  function addTypes(definitions: JsonSchema, place: string): void {
    for (const [name, definition] of Object.entries(definitions)) {
      // Names of the library's own are reported where they are referred to.
      if (name.startsWith('__')) continue;
      const text = JSON.stringify(definition);
      if (raw.get(name) === text) continue;
      if (!TYPE_NAME.test(name)) {
        report(`types.${name}`, 'a type is named in PascalCase, with letters and digits only.');
      }
      const schema = normalizeSchema(definition, `types.${name}`, { definitions, report });
      const known = types[name];
      if (known !== undefined && canonicalJson(known) !== canonicalJson(schema)) {
        report(place, `the type "${name}" has another structure elsewhere in this API.`);
        continue;
      }
      raw.set(name, text);
      types[name] = schema;
    }
  }

  return {
    types,
    readObject(schema, place) {
      if (!isConvertible(schema)) {
        report(place, 'this is not a schema that converts to JSON Schema (~standard.jsonSchema).');
        return EMPTY_OBJECT;
      }
      const json = convertOnce(schema, place);
      if (json === undefined) return EMPTY_OBJECT;
      const definitions = isRecord(json.$defs) ? json.$defs : {};
      addTypes(definitions, place);
      const root = normalizeSchema(json, place, { definitions, report });
      const resolved = resolveSchema(root, types);
      if (resolved.type === 'object' && isRecord(resolved.properties)) return root;
      report(place, 'this must be an object with named fields; put the value into a field.');
      return EMPTY_OBJECT;
    },
  };
}

/** An object without fields: the input of an operation that takes nothing. */
export const EMPTY_OBJECT: JsonSchema = { type: 'object', properties: {} };

function isConvertible(schema: unknown): schema is Schema {
  // ArkType's schemas are functions.
  if (typeof schema !== 'object' && typeof schema !== 'function') return false;
  if (schema === null || !('~standard' in schema)) return false;
  const standard = schema['~standard'];
  return isRecord(standard) && isRecord(standard.jsonSchema);
}

interface Conversion {
  readonly report: Report;
  /** Something has been refused already: look for further mistakes, and repeat none. */
  readonly lenient: boolean;
  /** Take the input's side for both. */
  readonly only: boolean;
}

/** Both sides of a schema as JSON Schema. They must agree: nothing transforms a value in between. */
function convert(schema: Schema, place: string, conversion: Conversion): JsonSchema | undefined {
  const { report, lenient, only } = conversion;
  const { jsonSchema } = schema['~standard'];
  // Zod's own option: what has no JSON Schema becomes "anything" instead of ending the conversion.
  const libraryOptions = lenient ? { unrepresentable: 'any' } : undefined;
  try {
    const input = jsonSchema.input({ target: TARGET, libraryOptions });
    if (only) return input;
    const difference = findDifference(input, jsonSchema.output({ target: TARGET }));
    if (difference !== undefined) {
      report(
        `${place}${difference}`,
        'what the schema accepts differs from what it yields (a default, a transformation); ' +
          'values cross a contract unchanged.',
      );
    }
    return input;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!lenient) report(place, `JSON Schema can't express this: ${reason}.`);
    return undefined;
  }
}

const TARGET = 'draft-2020-12';

/** The path at which two schemas differ; whether objects are closed does not count. */
function findDifference(a: unknown, b: unknown): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length ? firstDifference([...a.keys()].map(String), a, b) : '';
  }
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b) ? undefined : '';
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  if (a.additionalProperties === false || b.additionalProperties === false) {
    const others = [a.additionalProperties, b.additionalProperties].filter((v) => v !== false);
    if (others.every((v) => v === undefined)) keys.delete('additionalProperties');
  }
  return firstDifference([...keys], a, b);
}

function firstDifference(keys: readonly string[], a: object, b: object): string | undefined {
  for (const key of keys) {
    const difference = findDifference(Reflect.get(a, key), Reflect.get(b, key));
    if (difference !== undefined) return pathStep(key) + difference;
  }
  return undefined;
}

/** Keywords that only hold fields are left out of a path: `.lines[].sku`, as elsewhere. */
function pathStep(key: string): string {
  if (key === 'items') return '[]';
  return ['properties', '$defs', 'anyOf', 'oneOf', 'allOf', 'required'].includes(key)
    ? ''
    : `.${key}`;
}
