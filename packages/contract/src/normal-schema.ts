import { isRecord, setOwn } from './json.ts';
import {
  allowOnly,
  followReference,
  isNullable,
  ordered,
  orNull,
  type Reading,
  referencedName,
  refuse,
  schemasIn,
  splitKeywords,
} from './normal-keywords.ts';
import {
  normalizeInteger,
  normalizeNumber,
  normalizeString,
  normalizeValues,
} from './normal-scalar.ts';
import type { JsonSchema } from './shape.ts';

/**
 * Reads any JSON Schema 2020-12 into the small grammar that all bindings can express, and reports
 * what does not fit. The result is stable: normalising it again changes nothing. Whether objects are
 * open or closed is left out here; that depends on the direction (see `schema-bounds.ts`).
 */
export function normalizeSchema(node: unknown, place: string, reading: Reading): JsonSchema {
  if (node === true) return {};
  if (!isRecord(node)) return refuse(place, 'this accepts no value at all.', reading);
  const { annotations, constraints } = splitKeywords(node);
  return ordered({ ...normalizeConstraints(constraints, place, reading), ...annotations });
}

function normalizeConstraints(
  constraints: JsonSchema,
  place: string,
  reading: Reading,
): JsonSchema {
  if (Object.keys(constraints).length === 0) return {};
  if (constraints.$ref !== undefined) return normalizeReference(constraints, place, reading);
  if (constraints.enum !== undefined || constraints.const !== undefined) {
    const { schema, nullable } = normalizeValues(constraints, place, reading);
    return nullable ? orNull(schema) : schema;
  }
  if (constraints.anyOf !== undefined || constraints.oneOf !== undefined) {
    return normalizeUnion(constraints, place, reading);
  }
  if (Array.isArray(constraints.type)) return normalizeTypeList(constraints, place, reading);
  switch (constraints.type) {
    case 'string':
      return normalizeString(constraints, place, reading);
    case 'integer':
      return normalizeInteger(constraints, place, reading);
    case 'number':
      return normalizeNumber(constraints, place, reading);
    case 'boolean':
      allowOnly(constraints, ['type'], { place, what: 'a boolean', reading });
      return { type: 'boolean' };
    case 'array':
      return normalizeArray(constraints, place, reading);
    case 'object':
      return normalizeObject(constraints, place, reading);
    default:
      if (constraints.allOf !== undefined) return mergeAll(constraints, place, reading);
      if (constraints.type === 'null') {
        return refuse(place, '"null" alone carries nothing; leave the field out.', reading);
      }
      allowOnly(constraints, [], { place, what: 'a value without a type', reading });
      return {};
  }
}

function normalizeTypeList(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const types = schemasIn(constraints.type);
  const others = types.filter((type) => type !== 'null');
  if (others.length !== 1) return refuse(place, UNTAGGED, reading);
  const schema = normalizeConstraints({ ...constraints, type: others[0] }, place, reading);
  return others.length < types.length ? orNull(schema) : schema;
}

const UNTAGGED =
  'a union needs a tag: objects with one field that holds a different constant string in each ' +
  '(z.discriminatedUnion); only "or null" works without.';

function normalizeReference(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const name = referencedName(constraints.$ref);
  if (constraints.$ref === '#' || name?.startsWith('__')) {
    return refuse(
      place,
      "a type that contains itself needs a name: .meta({ id: 'Name' }).",
      reading,
    );
  }
  if (name === undefined || !Object.hasOwn(reading.definitions, name)) {
    return refuse(place, `the reference "${String(constraints.$ref)}" leads nowhere.`, reading);
  }
  const { $ref, ...rest } = constraints;
  if (Object.keys(rest).length > 0) {
    const keywords = Object.keys(rest).join(', ');
    return refuse(
      place,
      `a named type can't be narrowed where it is used (${keywords}); name the narrower type.`,
      reading,
    );
  }
  return { $ref };
}

function normalizeArray(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const allowed = ['type', 'items', 'minItems', 'maxItems', 'uniqueItems'];
  if (constraints.prefixItems !== undefined) {
    const { items: _items, ...tuple } = constraints;
    allowOnly(tuple, allowed, { place, what: 'an array', reading });
    return {};
  }
  allowOnly(constraints, allowed, { place, what: 'an array', reading });
  const items = normalizeSchema(constraints.items ?? true, `${place}[]`, reading);
  return { ...constraints, items };
}

/** Names that an object of JavaScript has anyway: as fields they are traps for every reader. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);
/** A field's name becomes a property and an XML element: an ASCII NCName without dots. */
const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

function normalizeObject(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const { properties, additionalProperties: more, allOf, ...rest } = constraints;
  if (allOf !== undefined) return mergeAll(constraints, place, reading);
  if (properties === undefined && more !== undefined && more !== false) {
    return normalizeMap(rest, more, { place, reading });
  }
  allowOnly(rest, ['type', 'required'], { place, what: 'an object', reading });
  if (!isRecord(properties)) {
    return refuse(place, 'an object names its fields, or the type of all of them.', reading);
  }
  if (more !== undefined && more !== false) {
    reading.report(
      place,
      'named and free fields together have no form in XML; put the free ones into a field of ' +
        'their own (z.record).',
    );
  }
  const fields: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (RESERVED.has(name) || !FIELD_NAME.test(name)) {
      reading.report(`${place}.${name}`, `"${name}" can't be a field's name in every binding.`);
    }
    setOwn(fields, name, normalizeSchema(schema, `${place}.${name}`, reading));
  }
  const names = Object.keys(fields);
  const required = schemasIn(rest.required);
  for (const name of required) {
    if (typeof name === 'string' && Object.hasOwn(fields, name)) continue;
    reading.report(place, `"${String(name)}" is required but not described.`);
  }
  const present = names.filter((name) => required.includes(name));
  return {
    type: 'object',
    properties: fields,
    ...(present.length > 0 ? { required: present } : {}),
  };
}

function normalizeMap(
  constraints: JsonSchema,
  values: unknown,
  { place, reading }: { place: string; reading: Reading },
): JsonSchema {
  const { propertyNames, ...rest } = constraints;
  if (rest.required !== undefined) {
    return refuse(place, 'a map has no required keys; use an object with named fields.', reading);
  }
  allowOnly(rest, ['type', 'maxProperties'], { place, what: 'a map', reading });
  const names =
    propertyNames === undefined ? {} : normalizeSchema(propertyNames, `${place}{key}`, reading);
  const { type: _string, ...narrowed } = names;
  return {
    ...rest,
    additionalProperties: normalizeSchema(values, `${place}{}`, reading),
    ...(Object.keys(narrowed).length > 0 ? { propertyNames: names } : {}),
  };
}

/** Intersections of objects become one object; of anything else they are refused. */
function mergeAll(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const { allOf, ...own } = constraints;
  const members = [...schemasIn(allOf), ...(own.properties === undefined ? [] : [own])];
  const properties: Record<string, unknown> = {};
  const required: unknown[] = [];
  for (const member of members) {
    const object = followReference(member, reading.definitions);
    const fields = object?.properties;
    const more = object?.additionalProperties;
    if (object?.type !== 'object' || !isRecord(fields) || (more !== undefined && more !== false)) {
      return refuse(
        place,
        'an intersection merges only objects with named fields; write the type out (extend).',
        reading,
      );
    }
    for (const [name, schema] of Object.entries(fields)) {
      if (Object.hasOwn(properties, name)) {
        reading.report(`${place}.${name}`, 'both sides of an intersection describe this field.');
      }
      setOwn(properties, name, schema);
    }
    required.push(...schemasIn(object.required));
  }
  return normalizeObject({ type: 'object', properties, required }, place, reading);
}

function normalizeUnion(constraints: JsonSchema, place: string, reading: Reading): JsonSchema {
  const { anyOf, oneOf, type: _type, discriminator: _hint, ...rest } = constraints;
  allowOnly(rest, [], { place, what: 'a union', reading });
  const all = flatten([...schemasIn(anyOf), ...schemasIn(oneOf)]);
  const branches = all.filter((branch) => !(isRecord(branch) && branch.type === 'null'));
  const nullable = branches.length < all.length;
  if (branches.length === 1) {
    const only = normalizeSchema(branches[0], place, reading);
    return nullable ? orNull(only) : only;
  }
  const tag = findTag(branches, reading);
  if (tag === undefined) return refuse(place, UNTAGGED, reading);
  const union = {
    oneOf: branches.map((branch, at) =>
      normalizeSchema(branch, `${place}(${tagValue(branch, tag, reading) ?? at})`, reading),
    ),
  };
  if (union.oneOf.some(isNullable))
    return refuse(place, 'a branch of a union is not null.', reading);
  return nullable ? orNull(union) : union;
}

/** A union within a union, as `.nullable()` on a union makes it, is one union. */
function flatten(branches: readonly unknown[]): readonly unknown[] {
  return branches.flatMap((branch) => {
    if (!isRecord(branch) || (branch.anyOf === undefined && branch.oneOf === undefined)) {
      return [branch];
    }
    return flatten([...schemasIn(branch.anyOf), ...schemasIn(branch.oneOf)]);
  });
}

/** The first field that is required in every branch and holds a different constant in each. */
function findTag(branches: readonly unknown[], reading: Reading): string | undefined {
  const first = followReference(branches[0], reading.definitions);
  if (first === undefined || !isRecord(first.properties)) return undefined;
  return Object.keys(first.properties).find((name) => {
    const values = branches.map((branch) => tagValue(branch, name, reading));
    return !values.includes(undefined) && new Set(values).size === branches.length;
  });
}

function tagValue(branch: unknown, tag: string, reading: Reading): string | undefined {
  const object = followReference(branch, reading.definitions);
  if (object?.type !== 'object' || !isRecord(object.properties)) return undefined;
  if (!schemasIn(object.required).includes(tag) || !Object.hasOwn(object.properties, tag)) {
    return undefined;
  }
  const field = object.properties[tag];
  return isRecord(field) && typeof field.const === 'string' ? field.const : undefined;
}
