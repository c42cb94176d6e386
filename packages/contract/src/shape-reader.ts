import { isImpliedPattern, isStringFormat } from './formats.ts';
import { isRecord } from './json.ts';
import { MARKS } from './marks.ts';
import { isNullable, referencedName, schemasIn } from './normal-keywords.ts';
import type {
  Field,
  IntegerShape,
  JsonSchema,
  ObjectShape,
  Shape,
  StringShape,
  UnionShape,
} from './shape.ts';

/** The named types that references lead to, as normalised schemas. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/**
 * The structure of a normalised schema. Total: what has no structure was refused by
 * `normalizeSchema`; the kind `any` stands for what was refused, so that checking can go on.
 */
export function toShape(schema: JsonSchema, types: Schemas): Shape {
  const shape = bareShape(schema, types);
  return isNullable(schema) ? { ...shape, nullable: true } : shape;
}

function bareShape(schema: JsonSchema, types: Schemas): Shape {
  const reference = referencedName(schema.$ref);
  if (reference !== undefined) return { kind: 'reference', name: reference };
  if (schema.anyOf !== undefined) {
    const [inner] = schemasIn(schema.anyOf);
    return isRecord(inner) ? bareShape(inner, types) : { kind: 'any' };
  }
  if (schema.oneOf !== undefined) return toUnion(schema, types);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return toStringShape(schema);
    case 'integer':
      return toIntegerShape(schema);
    case 'number':
      return { kind: 'number', ...pick(schema, NUMBER_FACETS) };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array':
      return {
        kind: 'array',
        items: toShape(asSchema(schema.items), types),
        ...pick(schema, ['minItems', 'maxItems', 'uniqueItems']),
      };
    case 'object':
      return isRecord(schema.properties)
        ? toObject(schema, types)
        : {
            kind: 'map',
            values: toShape(asSchema(schema.additionalProperties), types),
            ...toKeys(schema, types),
            ...pick(schema, ['maxProperties']),
          };
    default:
      return { kind: 'any' };
  }
}

function toKeys(schema: JsonSchema, types: Schemas): { readonly keys?: StringShape } {
  if (!isRecord(schema.propertyNames)) return {};
  const keys = bareShape(resolveSchema(schema.propertyNames, types), types);
  return keys.kind === 'string' ? { keys } : {};
}

const NUMBER_FACETS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];

function asSchema(value: unknown): JsonSchema {
  return isRecord(value) ? value : {};
}

function pick(schema: JsonSchema, keywords: readonly string[]): JsonSchema {
  const present = keywords.filter((keyword) => schema[keyword] !== undefined);
  return Object.fromEntries(present.map((keyword) => [keyword, schema[keyword]]));
}

function toStringShape(schema: JsonSchema): StringShape {
  const listed = schema.const === undefined ? schema.enum : [schema.const];
  const values = schemasIn(listed).filter((value) => typeof value === 'string');
  const { format } = schema;
  return {
    kind: 'string',
    ...(schema.contentEncoding === 'base64' ? { format: 'binary' as const } : {}),
    ...(isStringFormat(format) ? { format } : {}),
    ...pick(schema, ['minLength', 'maxLength']),
    ...(format === 'decimal' && isImpliedPattern(format, schema.pattern)
      ? {}
      : pick(schema, ['pattern'])),
    ...(values.length > 0 ? { values } : {}),
  };
}

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;

function toIntegerShape(schema: JsonSchema): IntegerShape {
  const { minimum, maximum } = schema;
  const within = (limit: number) =>
    typeof minimum === 'number' &&
    typeof maximum === 'number' &&
    minimum >= -limit &&
    maximum < limit;
  const width = within(INT32) ? 'int32' : within(INT64) ? 'int64' : 'unbounded';
  return { kind: 'integer', width, ...pick(schema, ['minimum', 'maximum', 'multipleOf']) };
}

/** The structure of a normalised object with named fields. */
export function toObject(schema: JsonSchema, types: Schemas): ObjectShape {
  const required = schemasIn(schema.required);
  const fields = Object.entries(asSchema(schema.properties)).map(([name, property]): Field => {
    const described = asSchema(property);
    return {
      name,
      shape: toShape(described, types),
      required: required.includes(name),
      ...readMarks(described, types),
    };
  });
  return { kind: 'object', fields };
}

/** A field's marks and description: its own, then those of the named type that it refers to. */
function readMarks(schema: JsonSchema, types: Schemas): Partial<Field> {
  const all = { ...ofNamedType(schema, types), ...schema };
  const permissions = all[MARKS.access] ?? markWithin(all, MARKS.access, types);
  const prefix = all[MARKS.id];
  const isSensitive = all[MARKS.sensitive] ?? markWithin(all, MARKS.sensitive, types);
  return {
    ...(typeof schema.description === 'string' ? { description: schema.description } : {}),
    ...(isSensitive === true ? { sensitive: true } : {}),
    ...(Array.isArray(permissions) ? { access: permissions.map(String) } : {}),
    ...(all[MARKS.version] === true ? { version: true } : {}),
    ...(typeof prefix === 'string' ? { id: prefix } : {}),
  };
}

/** A mark of what a list or a map holds: a list of secrets is one. */
function markWithin(schema: JsonSchema, mark: string, types: Schemas): unknown {
  const held = schema.items ?? schema.additionalProperties;
  if (!isRecord(held)) return undefined;
  const all = { ...ofNamedType(held, types), ...held };
  return all[mark] ?? markWithin(all, mark, types);
}

function ofNamedType(schema: JsonSchema, types: Schemas): JsonSchema {
  const [alternative] = schemasIn(schema.anyOf);
  const name = referencedName(schema.$ref ?? asSchema(alternative).$ref);
  const type = name === undefined ? undefined : types[name];
  return type === undefined ? {} : { ...ofNamedType(type, types), ...type };
}

function toUnion(schema: JsonSchema, types: Schemas): UnionShape {
  const branches = schemasIn(schema.oneOf).map((branch) => {
    const name = referencedName(asSchema(branch).$ref);
    return { name, shape: toObject(resolveSchema(asSchema(branch), types), types) };
  });
  const tag = tagOf(branches.map(({ shape }) => shape)) ?? '';
  return {
    kind: 'union',
    tag,
    branches: branches.map(({ name, shape }) => ({
      value: constantOf(shape, tag) ?? '',
      ...(name === undefined ? {} : { name }),
      shape,
    })),
  };
}

function tagOf(branches: readonly ObjectShape[]): string | undefined {
  return branches[0]?.fields.find(({ name }) => {
    const values = branches.map((branch) => constantOf(branch, name));
    return !values.includes(undefined) && new Set(values).size === branches.length;
  })?.name;
}

function constantOf(shape: ObjectShape, name: string): string | undefined {
  const field = shape.fields.find((candidate) => candidate.name === name);
  if (field?.required !== true || field.shape.kind !== 'string') return undefined;
  return field.shape.values?.length === 1 ? field.shape.values[0] : undefined;
}

/** A normalised schema with its references followed; an empty one where they lead in a circle. */
export function resolveSchema(schema: JsonSchema, types: Schemas): JsonSchema {
  let current: JsonSchema | undefined = schema;
  for (let steps = 0; steps <= Object.keys(types).length; steps++) {
    const name: string | undefined = referencedName(current?.$ref);
    if (name === undefined) return current ?? {};
    current = types[name];
  }
  return {};
}
