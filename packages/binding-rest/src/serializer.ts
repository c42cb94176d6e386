import type { Field, ObjectShape, Shape } from '@portico/contract';
import buildSerializer, { type Schema } from 'fast-json-stringify';
import type { Types } from './parameters.ts';

/** Writes a value as JSON text. */
export type Serializer = (value: object) => string;

/**
 * A serializer for outputs of one shape, as `JSON.stringify` would write them but faster, since the
 * fields are known. Compiled on first use: hundreds at once would delay the start.
 *
 * Unions and free values are left to `JSON.stringify`, and so is a whole type when compiled code
 * could not tell one of its fields from what every object inherits (`constructor`).
 */
export function createSerializer(shape: ObjectShape, types: Types): Serializer {
  let write: Serializer | undefined;
  return (value) => {
    write ??= compile(shape, types);
    return write(value);
  };
}

function compile(shape: ObjectShape, types: Types): Serializer {
  const definitions: Record<string, Schema> = {};
  const source: Source = { types, names: new Map(), definitions };
  if (!isFaithful(shape, types)) return JSON.stringify;
  const fast = buildSerializer({ ...toSchema(shape, source), definitions } as Schema);
  return (value) => {
    try {
      return fast(value);
    } catch {
      // Compiled code stops at a value that its schema does not expect; the output was checked, so
      // this is a stricter opinion (NaN, an absent required field), not another value.
      return JSON.stringify(value);
    }
  };
}

interface Source {
  readonly types: Types;
  /** References already being written, by key: the name of their definition. */
  readonly names: Map<string, string>;
  readonly definitions: Record<string, Schema>;
}

function toSchema(shape: Shape, source: Source): Schema {
  const nullable = shape.nullable ? { nullable: true } : {};
  switch (shape.kind) {
    case 'string':
    case 'boolean':
      return { type: shape.kind, ...nullable };
    case 'integer':
    case 'number':
      return { type: 'number', ...nullable };
    case 'object':
      return { ...toObjectSchema(shape.fields, source), ...nullable };
    case 'array':
      return { type: 'array', items: toSchema(shape.items, source), ...nullable };
    case 'map': {
      const additionalProperties = toSchema(shape.values, source);
      return { type: 'object', additionalProperties, ...nullable };
    }
    case 'reference':
      return { $ref: `#/definitions/${define(shape.name, shape.nullable === true, source)}` };
    case 'union':
    case 'any':
      return ANYTHING;
  }
}

/** Left to `JSON.stringify`, which is right for every value. */
const ANYTHING = {} as Schema;

function toObjectSchema(fields: readonly Field[], source: Source): Schema {
  const properties: Record<string, Schema> = {};
  for (const field of fields) properties[field.name] = toSchema(field.shape, source);
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return { type: 'object', properties, required };
}

/** Writes a named type once, and once more for the places where it may be null. */
function define(name: string, nullable: boolean, source: Source): string {
  const key = `${nullable ? '?' : ''}${name}`;
  const known = source.names.get(key);
  if (known !== undefined) return known;
  const definition = `type${source.names.size}`;
  source.names.set(key, definition);
  const type = source.types[name];
  if (!type) throw new Error(`The type "${name}" is not among the API's types.`);
  const shape = nullable ? { ...type.shape, nullable: true } : type.shape;
  source.definitions[definition] = toSchema(shape, source);
  return definition;
}

function isFaithful(shape: Shape, types: Types, seen = new Set<string>()): boolean {
  switch (shape.kind) {
    case 'object':
      return shape.fields.every(
        (field) => !(field.name in Object.prototype) && isFaithful(field.shape, types, seen),
      );
    case 'array':
      return isFaithful(shape.items, types, seen);
    case 'map':
      return isFaithful(shape.values, types, seen);
    case 'reference': {
      if (seen.has(shape.name)) return true;
      seen.add(shape.name);
      const type = types[shape.name];
      return type === undefined || isFaithful(type.shape, types, seen);
    }
    default:
      return true;
  }
}
