import * as fc from 'fast-check';
import type { Api } from './api.ts';
import { assemble } from './assemble.ts';
import { setOwn } from './json.ts';
import { normalizeSchema } from './normal-schema.ts';
import type { JsonSchema } from './shape.ts';

/** For tests: one type in two versions. */
export type Versions<T> = readonly [before: T, after: T];

/** The same in both versions most of the time, else two of its kind. */
function vary<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Versions<T>> {
  return fc.oneof(
    { weight: 4, arbitrary: arbitrary.map((value): Versions<T> => [value, value]) },
    { weight: 1, arbitrary: fc.tuple(arbitrary, arbitrary) },
  );
}

/** Keywords, each varied; one that is `undefined` is left out. */
function keywords(type: string, values: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  const varied = Object.entries(values).map(([name, value]) =>
    vary(value).map(([a, b]): readonly [string, unknown, unknown] => [name, a, b]),
  );
  return fc.tuple(...varied).map(
    (members): Versions<JsonSchema> => [
      withMembers(
        { type },
        members.map(([name, value]) => [name, value]),
      ),
      withMembers(
        { type },
        members.map(([name, , value]) => [name, value]),
      ),
    ],
  );
}

function withMembers(
  schema: JsonSchema,
  members: readonly (readonly [string, unknown])[],
): JsonSchema {
  const present = members.filter(([, value]) => value !== undefined);
  return { ...schema, ...Object.fromEntries(present) };
}

const maybe = <T>(...values: readonly T[]) => fc.constantFrom(undefined, ...values);

const STRING = keywords('string', {
  minLength: maybe(0, 1, 2),
  maxLength: maybe(2, 3, 10),
  pattern: maybe('^a+$', '^[a-z]*$'),
  format: maybe('date', 'decimal'),
});
const LISTED = vary(fc.subarray(['a', 'bb', 'ccc', '2026-01-01'], { minLength: 1 })).map(
  ([a, b]): Versions<JsonSchema> => [
    { type: 'string', enum: a },
    { type: 'string', enum: b },
  ],
);
const INTEGER = keywords('integer', {
  minimum: maybe(-4, 0, 2),
  maximum: maybe(2, 4, 2 ** 40),
  multipleOf: maybe(2, 3, 4),
});
const NUMBER = keywords('number', {
  minimum: maybe(-1, 0),
  exclusiveMinimum: maybe(-1, 0),
  maximum: maybe(2, 4),
  exclusiveMaximum: maybe(2, 4),
});
const BOOLEAN = keywords('boolean', {});
const ANY = fc.constant<Versions<JsonSchema>>([{}, {}]);
const NAMED = vary(fc.constantFrom('Node', 'Other')).map(
  ([a, b]): Versions<JsonSchema> => [{ $ref: `#/$defs/${a}` }, { $ref: `#/$defs/${b}` }],
);

/** One field of an object: which versions have it, require it, and its type in both. */
type FieldVersions = readonly [
  name: string,
  present: Versions<boolean>,
  required: Versions<boolean>,
  type: Versions<JsonSchema>,
];

function fieldsOf(
  names: readonly string[],
  type: fc.Arbitrary<Versions<JsonSchema>>,
): fc.Arbitrary<readonly FieldVersions[]> {
  const usually = fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.boolean());
  const field = (name: string) =>
    fc.tuple(fc.constant(name), vary(usually), vary(fc.boolean()), type);
  return fc.tuple(...names.map(field));
}

function objectOf(fields: readonly FieldVersions[], at: 0 | 1, tag?: string): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  if (tag !== undefined) {
    properties.kind = { type: 'string', const: tag };
    required.push('kind');
  }
  for (const [name, present, needed, type] of fields) {
    if (!present[at]) continue;
    setOwn(properties, name, type[at]);
    if (needed[at]) required.push(name);
  }
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

const versionsOf = (make: (at: 0 | 1) => JsonSchema): Versions<JsonSchema> => [make(0), make(1)];

function arraysOf(items: fc.Arbitrary<Versions<JsonSchema>>) {
  const limits = { minItems: maybe(0, 1), maxItems: maybe(1, 2), uniqueItems: maybe(true) };
  return fc
    .tuple(keywords('array', limits), items)
    .map(([outer, item]) => versionsOf((at) => arrayOf(outer[at], item[at])));
}

/** Only lists of single values can be told to hold each once. */
function arrayOf(outer: JsonSchema, items: JsonSchema): JsonSchema {
  const { uniqueItems, ...rest } = outer;
  const isScalar = ['string', 'integer', 'number', 'boolean'].includes(String(items.type));
  return isScalar && uniqueItems === true ? { ...outer, items } : { ...rest, items };
}

function typesOf(depth: number): fc.Arbitrary<Versions<JsonSchema>> {
  const scalars = [STRING, LISTED, INTEGER, NUMBER, BOOLEAN, ANY, NAMED];
  if (depth === 0) return fc.oneof(...scalars).chain(nullability);
  const inner = typesOf(depth - 1);
  const object = fieldsOf(['p', 'q', 'r'], inner).map((fields) =>
    versionsOf((at) => objectOf(fields, at)),
  );
  const array = arraysOf(inner);
  const keys = maybe({ type: 'string', maxLength: 1 }, { type: 'string', pattern: '^a+$' });
  const map = fc
    .tuple(keywords('object', { maxProperties: maybe(1, 2), propertyNames: keys }), inner)
    .map(([outer, value]) =>
      versionsOf((at) => ({ ...outer[at], additionalProperties: value[at] })),
    );
  const union = fc
    .tuple(fieldsOf(['p'], inner), fieldsOf(['q'], inner), vary(fc.boolean()))
    .map(([p, q, third]) =>
      versionsOf((at) => ({
        oneOf: [
          objectOf(p, at, 'x'),
          objectOf(q, at, 'y'),
          ...(third[at] ? [objectOf([], at, 'z')] : []),
        ],
      })),
    );
  const same = fc.oneof(...scalars, object, object, array, map, union).chain(nullability);
  const other = fc.tuple(same, same).map(([[a], [, b]]): Versions<JsonSchema> => [a, b]);
  return fc.oneof({ weight: 19, arbitrary: same }, { weight: 1, arbitrary: other });
}

function nullability(type: Versions<JsonSchema>): fc.Arbitrary<Versions<JsonSchema>> {
  const rarely = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.boolean());
  return vary(rarely).map((nullable) =>
    versionsOf((at) => (nullable[at] ? { anyOf: [type[at], { type: 'null' }] } : type[at])),
  );
}

const objects = (depth: number) =>
  fieldsOf(['p', 'q', 'r'], typesOf(depth)).map((fields) =>
    versionsOf((at) => objectOf(fields, at)),
  );

/** One field whose type alone differs, so that nothing else hides what becomes of it. */
const oneField = fc
  .oneof(
    ...[STRING, LISTED, INTEGER, NUMBER],
    fc.tuple(STRING, LISTED).map(([[a], [, b]]): Versions<JsonSchema> => [a, b]),
    fc.tuple(STRING, LISTED).map(([[, b], [a]]): Versions<JsonSchema> => [a, b]),
    fc.tuple(INTEGER, NUMBER).map(([[a], [, b]]): Versions<JsonSchema> => [a, b]),
    fc.tuple(INTEGER, NUMBER).map(([[, b], [a]]): Versions<JsonSchema> => [a, b]),
    arraysOf(fc.oneof(LISTED, BOOLEAN)),
    typesOf(1),
  )
  .chain(nullability)
  .map((type) =>
    versionsOf((at) => ({ type: 'object', properties: { p: type[at] }, required: ['p'] })),
  );

/** For tests: an API in two versions, whose one operation takes and gives the same random type. */
export const apiVersions: fc.Arbitrary<Versions<Api>> = fc
  .record({
    root: fc.oneof({ weight: 3, arbitrary: oneField }, objects(2)),
    node: objects(1),
    other: objects(0),
  })
  .map(
    ({ root, node, other }): Versions<Api> => [
      toApi(root[0], { Node: node[0], Other: other[0] }),
      toApi(root[1], { Node: node[1], Other: other[1] }),
    ],
  );

function toApi(raw: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): Api {
  const report = (place: string, problem: string) => {
    throw new Error(`${place}: ${problem}`);
  };
  const read = (schema: JsonSchema) => normalizeSchema(schema, '', { definitions, report });
  const types = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, read(schema)]),
  );
  return assemble({
    name: 'sample',
    version: '1.0.0',
    summary: 'A sample.',
    operations: [
      {
        api: 'sample',
        name: 'act',
        id: 'sample.act',
        summary: 'Does something.',
        exposure: 'internal',
        access: undefined,
        effect: 'unsafe',
        http: { method: 'POST', path: '/act', parameters: [] },
        input: read(raw),
        output: read(raw),
        errors: [],
        criticality: 'default',
        timeoutMs: 3000,
        waits: false,
        cost: 1,
      },
    ],
    events: [],
    types,
  });
}

/** For tests: values near the limits that the types above draw, many of them invalid. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      null,
      true,
      'a',
      'aa',
      'bb',
      'ccc',
      '',
      '2026-01-01',
      '1.50',
      '\u{1f600}',
    ),
    fc.constantFrom<unknown>(-4, -1, -0.5, 0, 1, 1.5, 2, 3, 4, 6, 12, 2 ** 40, 2 ** 41),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('p', 'q', 'r', 'a', 'aa', 'b'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;
