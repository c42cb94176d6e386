import * as fc from 'fast-check';
import { isRecord, setOwn } from './json.ts';
import { anyValue } from './schema-fixtures.ts';
import type { JsonSchema } from './shape.ts';
import { resolveSchema } from './shape-reader.ts';

type Definitions = Readonly<Record<string, JsonSchema>>;

/** For tests: values that mostly fit a schema, some of them at its limits, a few not at all. */
export function valuesOf(
  schema: JsonSchema,
  definitions: Definitions,
  depth = 4,
): fc.Arbitrary<unknown> {
  const resolved = resolveSchema(schema, definitions);
  if (depth === 0) return anyValue;
  const fitting = fittingValues(resolved, definitions, depth);
  return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: anyValue });
}

function fittingValues(
  schema: JsonSchema,
  definitions: Definitions,
  depth: number,
): fc.Arbitrary<unknown> {
  const inner = (part: unknown) => valuesOf(isRecord(part) ? part : {}, definitions, depth - 1);
  const branches = [schema.oneOf, schema.anyOf].find(Array.isArray);
  if (branches !== undefined) return fc.oneof(...branches.map(inner));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.type)) {
    const { type, ...rest } = schema;
    return fc.oneof(...type.map((one: unknown) => inner({ ...rest, type: one })));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(inner(schema.items), { maxLength: 3 });
    case 'object':
      return isRecord(schema.properties)
        ? objectValues(schema, inner)
        : fc.dictionary(fc.constantFrom('a', 'aa', 'b', 'p'), inner(schema.additionalProperties), {
            maxKeys: 3,
            noNullPrototype: true,
          });
    default:
      return anyValue;
  }
}

function objectValues(
  schema: JsonSchema,
  inner: (part: unknown) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const members = Object.entries(properties).map(([name, part]) =>
    fc.tuple(
      fc.constant(name),
      required.includes(name) ? fc.constant(true) : fc.boolean(),
      inner(part),
    ),
  );
  return fc.tuple(...members).map((drawn) => {
    const value = {};
    for (const [name, present, member] of drawn) if (present) setOwn(value, name, member);
    return value;
  });
}
