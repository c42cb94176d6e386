import { type Api, type JsonSchema, MARKS } from '@portico/contract';
import { resolveSchema } from './document-types.ts';

/** Types within types that an example follows before it leaves optional parts out. */
const DEPTH_MAX = 6;

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  duration: 'PT15M',
  decimal: '9.99',
  uuid: '0b6f3c1e-8a52-4c1d-9f0e-2d4a7c9b1e55',
  email: 'someone@example.org',
  uri: 'https://example.org/',
};

/** What takes the place of an example that cannot be made, apart from every JSON value. */
const NONE = Symbol('no example');

/**
 * An example of a schema, from what its author gave (`examples`, `default`) or else from its
 * constraints; `undefined` where that would need more than reading them (a pattern, a step).
 */
export function toExample(api: Api, schema: JsonSchema): unknown {
  const found = build(schema, { api, depth: 0 });
  return found === NONE ? undefined : found;
}

interface Place {
  readonly api: Api;
  readonly depth: number;
}

function build(schema: JsonSchema, place: Place): unknown {
  if (place.depth > DEPTH_MAX) return NONE;
  const given = givenExample(schema);
  if (given !== NONE) return given;
  const resolved = resolveSchema(place.api, schema);
  const own = givenExample(resolved);
  if (own !== NONE) return own;
  const [branch] = [resolved.oneOf ?? resolved.anyOf].flat() as (JsonSchema | undefined)[];
  if (branch) return build(branch, below(place));
  const type = Array.isArray(resolved.type) ? resolved.type[0] : resolved.type;
  switch (type) {
    case 'string':
      return buildString(resolved);
    case 'integer':
    case 'number':
      return buildNumber(resolved, type === 'integer' ? 1 : 0.5);
    case 'boolean':
      return true;
    case 'array':
      return buildArray(resolved, place);
    case 'object':
      return buildObject(resolved, place);
    default:
      return type === undefined ? {} : null;
  }
}

function below({ api, depth }: Place): Place {
  return { api, depth: depth + 1 };
}

function givenExample({ examples, default: preset, const: constant, enum: values }: JsonSchema) {
  for (const list of [examples, values]) {
    if (Array.isArray(list) && list.length > 0) return list[0] as unknown;
  }
  return constant ?? preset ?? NONE;
}

function buildString(schema: JsonSchema): unknown {
  const known = BY_FORMAT[String(schema.format)];
  if (known !== undefined) return known;
  if (schema.contentEncoding !== undefined) return 'aGVsbG8=';
  if (schema.pattern !== undefined) return NONE;
  const prefix = schema[MARKS.id];
  const text = typeof prefix === 'string' ? `${prefix}_4fT9zQ2b` : 'text';
  const { minLength = 0, maxLength = text.length } = schema;
  return text.padEnd(Number(minLength), 'x').slice(0, Number(maxLength));
}

function buildNumber(schema: JsonSchema, usual: number): unknown {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isPlain = [exclusiveMinimum, exclusiveMaximum, multipleOf].every((one) => !one);
  if (!isPlain) return NONE;
  return Math.min(Number(maximum ?? usual), Math.max(Number(minimum ?? usual), usual));
}

function buildArray(schema: JsonSchema, place: Place): unknown {
  const { minItems = 0, maxItems = 1 } = schema;
  if (Number(maxItems) === 0) return [];
  const item = build((schema.items ?? {}) as JsonSchema, below(place));
  if (item === NONE) return minItems === 0 ? [] : NONE;
  return Number(minItems) > 1 && schema.uniqueItems
    ? NONE
    : Array(Number(minItems) || 1).fill(item);
}

function buildObject(schema: JsonSchema, place: Place): unknown {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = new Set((schema.required ?? []) as readonly string[]);
  const example: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    const value = build(property, below(place));
    if (value !== NONE) example[name] = value;
    else if (required.has(name)) return NONE;
  }
  return example;
}
