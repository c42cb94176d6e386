import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { actOf, apiWith, foreignSchema, mistakesOf } from './fixtures.ts';
import { normalizeSchema } from './normal-schema.ts';
import type { JsonSchema } from './shape.ts';

/** What is said about an input with this one field, as JSON Schema. */
function refusalsOf(field: unknown, definitions: JsonSchema = {}): readonly string[] {
  const schema = { type: 'object', properties: { field }, $defs: definitions };
  return mistakesOf(() => apiWith({ input: foreignSchema(schema) }));
}

const text = { type: 'string' };

describe('what no binding could express is refused, with the path of the field', () => {
  const refused: readonly (readonly [name: string, schema: unknown, reason: RegExp])[] = [
    ['a tuple', { type: 'array', prefixItems: [text], items: false }, /tuple/],
    ['an untagged union', { anyOf: [text, { type: 'integer' }] }, /tag/],
    ['a list of types', { type: ['string', 'integer'] }, /tag/],
    ['an exclusive union', { oneOf: [text, { type: 'boolean' }] }, /tag/],
    ['a union of objects without a tag', { anyOf: [objectOf({ a: text }), objectOf({})] }, /tag/],
    ['a conditional', { ...objectOf({ a: text }), if: {} }, /conditional/],
    ['dependent schemas', { ...objectOf({}), dependentSchemas: {} }, /conditional/],
    ['dependent fields', { ...objectOf({}), dependentRequired: {} }, /require each other/],
    ['pattern properties', { type: 'object', patternProperties: { a: text } }, /map/],
    ['not', { not: {} }, /nothing/],
    ['false', false, /no value/],
    ['an enum of numbers', { enum: [1, 2] }, /only strings/],
    ['a mixed enum', { enum: ['a', 1] }, /only strings/],
    ['an empty enum', { enum: [] }, /only strings/],
    ['a constant number', { const: 3 }, /only strings/],
    ['a constant boolean', { const: true }, /only strings/],
    ['null alone', { type: 'null' }, /leave the field out/],
    ['named and free fields', { ...objectOf({ a: text }), additionalProperties: text }, /own/],
    ['loose objects', { ...objectOf({ a: text }), additionalProperties: {} }, /own/],
    ['an object that says nothing', { type: 'object' }, /names its fields/],
    [
      'required keys of a map',
      { type: 'object', additionalProperties: text, required: ['a'] },
      /map/,
    ],
    ['a required field without description', { ...objectOf({}), required: ['b'] }, /"b"/],
    [
      'two patterns',
      { type: 'string', allOf: [{ pattern: 'a' }, { pattern: 'b' }] },
      /one pattern/,
    ],
    ['a pattern without Unicode', { type: 'string', pattern: '\\-' }, /flag "u"/],
    ['a format without pattern', { type: 'string', format: 'jwt' }, /"jwt"/],
    ['fractional steps', { type: 'number', multipleOf: 0.01 }, /decimal\(\)/],
    ['two divisors', { type: 'integer', multipleOf: 2, allOf: [{ multipleOf: 3 }] }, /one divisor/],
    ['a default', { type: 'string', default: 'x' }, /default/],
    ['contains', { type: 'array', items: text, contains: text }, /contains/],
    ['an unknown keyword', { type: 'string', colour: 'red' }, /"colour"/],
    ['an unknown type', { type: 'strange' }, /"type"/],
    ['an intersection of scalars', { allOf: [text, text] }, /intersection/],
    [
      'an intersection with a map',
      { allOf: [objectOf({ a: text }), { type: 'object', additionalProperties: text }] },
      /intersection/,
    ],
    [
      'an intersection that contradicts itself',
      { allOf: [objectOf({ a: text }), objectOf({ a: text })] },
      /both sides/,
    ],
    ['a reference to nowhere', { $ref: '#/$defs/Nothing' }, /nowhere/],
    ['a foreign reference', { $ref: 'https://example.com/schema' }, /nowhere/],
    ['recursion without a name', { $ref: '#' }, /needs a name/],
    [
      'a field named __proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{}}}'),
      /__proto__/,
    ],
    ['a field named constructor', objectOf({ constructor: text }), /constructor/],
    ['a field that is no XML name', objectOf({ 'a b': text }), /"a b"/],
    ['a field that begins with a digit', objectOf({ '1st': text }), /"1st"/],
  ];
  for (const [name, schema, reason] of refused) {
    test(name, () => {
      const found = refusalsOf(schema);
      assert.ok(found.length > 0, 'it passed');
      for (const mistake of found) assert.match(mistake, /^operations\.act\.input\.field/);
      assert.match(found.join('\n'), reason);
    });
  }

  test('a named type that is narrowed where it is used', () => {
    const found = refusalsOf({ $ref: '#/$defs/Word', minLength: 3 }, { Word: text });
    assert.match(found.join(), /can't be narrowed where it is used \(minLength\)/);
  });

  test('a name of a type that is not in PascalCase', () => {
    const found = refusalsOf({ $ref: '#/$defs/price-list' }, { 'price-list': objectOf({}) });
    assert.match(found.join(), /^types\.price-list: a type is named in PascalCase/);
  });

  test('an input that is not an object with named fields', () => {
    const reason = /must be an object with named fields/;
    for (const input of [z.string(), z.record(z.string(), z.int()), z.array(z.string())]) {
      assert.match(mistakesOf(() => apiWith({ input })).join(), reason);
    }
    const either = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a') }),
      z.object({ kind: z.literal('b') }),
    ]);
    assert.match(mistakesOf(() => apiWith({ output: either })).join(), reason);
    assert.match(mistakesOf(() => apiWith({ output: z.object({}).nullable() })).join(), reason);
  });
});

function objectOf(properties: JsonSchema): JsonSchema {
  return { type: 'object', properties };
}

describe('the normal form', () => {
  test('is stable: reading it again changes nothing', () => {
    const Tree = z
      .object({
        name: z.string().min(1).describe('A name.'),
        get children() {
          return z.array(Tree).max(9).optional();
        },
      })
      .meta({ id: 'Tree' });
    const made = apiWith({
      input: z.object({
        tree: Tree.nullable(),
        word: z.enum(['a', 'b']).nullish(),
        one: z.literal('x').nullable(),
        maybe: z.object({ n: z.number().gt(1) }).nullable(),
        either: z
          .discriminatedUnion('type', [
            z.object({ type: z.literal('a') }),
            z.object({ type: z.literal('b') }),
          ])
          .nullable(),
        map: z.record(z.string(), z.unknown()),
      }),
    });
    const definitions = Object.fromEntries(
      Object.entries(made.types).map(([name, { schema }]) => [name, schema]),
    );
    const report = (place: string, problem: string) => assert.fail(`${place}: ${problem}`);
    for (const { schema } of [actOf(made).input, ...Object.values(made.types)]) {
      const again = normalizeSchema(schema, '', { definitions, report });
      assert.deepEqual(withoutClosing(again), withoutClosing(schema));
    }
  });

  test('keeps what describes and drops what means nothing here', () => {
    const field = z
      .array(z.string())
      .readonly()
      .meta({ title: 'Words', examples: [['a']], deprecated: true, 'x-colour': 'red' });
    const { output } = actOf(apiWith({ output: z.object({ field }) }));
    assert.deepEqual(output?.schema.properties, {
      field: {
        type: 'array',
        title: 'Words',
        items: { type: 'string' },
        examples: [['a']],
        deprecated: true,
        'x-colour': 'red',
      },
    });
  });
});

/** Whether objects are closed is not part of the normal form. */
function withoutClosing(schema: JsonSchema): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'additionalProperties' && value === false ? undefined : value,
    ),
  );
}
