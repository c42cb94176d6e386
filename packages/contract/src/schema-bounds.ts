import { isRecord, setOwn } from './json.ts';
import { ordered, referencedName } from './normal-keywords.ts';
import type { JsonSchema } from './shape.ts';

/** The bounds of an input whose author named none. They protect validators, stores and logs. */
export const INPUT_BOUNDS = {
  /** Code points: longer than any name or note, a quarter of a page of memory. */
  stringLengthMax: 4096,
  arrayItemsMax: 1000,
  mapPropertiesMax: 1000,
  /** Code points of a map's key. */
  mapKeyLengthMax: 256,
} as const;

/** Formats whose values have one length, so that a document need not say 4,096 for a date. */
const FORMAT_LENGTHS: Readonly<Record<string, number>> = { date: 10, uuid: 36 };

/** A copy of a normalised schema, with `change` applied to each schema in it, the innermost first. */
export function mapSchema(
  schema: JsonSchema,
  change: (schema: JsonSchema) => JsonSchema,
): JsonSchema {
  const copy: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    copy[keyword] = mapKeyword(keyword, value, change);
  }
  return change(copy);
}

function mapKeyword(
  keyword: string,
  value: unknown,
  change: (schema: JsonSchema) => JsonSchema,
): unknown {
  switch (keyword) {
    case 'properties': {
      if (!isRecord(value)) return value;
      const copy: Record<string, unknown> = {};
      for (const [name, property] of Object.entries(value)) {
        setOwn(copy, name, isRecord(property) ? mapSchema(property, change) : property);
      }
      return copy;
    }
    case 'items':
    case 'additionalProperties':
    case 'propertyNames':
      return isRecord(value) ? mapSchema(value, change) : value;
    case 'oneOf':
    case 'anyOf':
      return Array.isArray(value)
        ? value.map((branch) => (isRecord(branch) ? mapSchema(branch, change) : branch))
        : value;
    default:
      return value;
  }
}

const isOf = (schema: JsonSchema, type: string) =>
  schema.type === type || (Array.isArray(schema.type) && schema.type[0] === type);

/** The schema with the bounds of {@link INPUT_BOUNDS} where it has none of its own. */
export function bounded(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (part) => {
    if (isOf(part, 'string')) {
      if (part.maxLength !== undefined || part.enum !== undefined || part.const !== undefined) {
        return part;
      }
      const length = FORMAT_LENGTHS[String(part.format)] ?? INPUT_BOUNDS.stringLengthMax;
      return ordered({ ...part, maxLength: length });
    }
    if (isOf(part, 'array') && part.maxItems === undefined) {
      return ordered({ ...part, maxItems: INPUT_BOUNDS.arrayItemsMax });
    }
    if (isOf(part, 'object') && part.properties === undefined) {
      const names = isRecord(part.propertyNames) ? part.propertyNames : { type: 'string' };
      const keyLengthMax = Math.min(Number(names.maxLength ?? 256), INPUT_BOUNDS.mapKeyLengthMax);
      return ordered({
        ...part,
        maxProperties: part.maxProperties ?? INPUT_BOUNDS.mapPropertiesMax,
        propertyNames: names.enum === undefined ? { ...names, maxLength: keyLengthMax } : names,
      });
    }
    return part;
  });
}

/** The schema whose objects refuse fields that it does not name. */
export function closed(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (part) =>
    part.properties === undefined ? part : ordered({ ...part, additionalProperties: false }),
  );
}

/** The schema whose objects accept fields that it does not name, as a client must (it may be older). */
export function opened(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (part) => {
    if (part.properties === undefined) return part;
    const { additionalProperties: _closed, ...rest } = part;
    return rest;
  });
}

/** Names of the types that a schema refers to, directly. */
export function referencesIn(schema: JsonSchema): ReadonlySet<string> {
  const names = new Set<string>();
  mapSchema(schema, (part) => {
    const name = referencedName(part.$ref);
    if (name !== undefined) names.add(name);
    return part;
  });
  return names;
}

/** Names of the types that schemas refer to, directly or through other types. */
export function reachableTypes(
  schemas: readonly JsonSchema[],
  types: Readonly<Record<string, JsonSchema>>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = schemas.flatMap((schema) => [...referencesIn(schema)]);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = types[name];
    if (schema === undefined || reached.has(name)) continue;
    reached.add(name);
    waiting.push(...referencesIn(schema));
  }
  return reached;
}
