import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { actOf, apiWith, foreignSchema, mistakesOf, someApi, someOperation } from './fixtures.ts';
import { decimal, id, sensitive } from './marks.ts';
import type { Shape } from './shape.ts';

/** The structure and the JSON Schema of one field of an output, where no bounds are written in. */
function read(field: z.ZodType): { readonly shape: Shape | undefined; readonly schema: unknown } {
  const { output } = actOf(apiWith({ output: z.object({ field }) }));
  const properties = output?.schema.properties;
  assert.ok(properties !== null && typeof properties === 'object' && 'field' in properties);
  return { shape: output?.shape.fields[0]?.shape, schema: properties.field };
}

const SAFE = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

describe('scalars', () => {
  test('are read with their limits', () => {
    assert.deepEqual(read(z.string().min(1).max(9).regex(/^a+$/)).shape, {
      kind: 'string',
      minLength: 1,
      maxLength: 9,
      pattern: '^a+$',
    });
    assert.deepEqual(read(z.boolean()).shape, { kind: 'boolean' });
    assert.deepEqual(read(z.number().positive().max(2.5)).shape, {
      kind: 'number',
      exclusiveMinimum: 0,
      maximum: 2.5,
    });
    assert.deepEqual(read(z.enum(['a', 'b'])).shape, { kind: 'string', values: ['a', 'b'] });
    assert.deepEqual(read(z.literal('a')).shape, { kind: 'string', values: ['a'] });
    assert.deepEqual(read(z.unknown()).shape, { kind: 'any' });
  });

  test('whole numbers say which width holds them, with inclusive bounds', () => {
    assert.deepEqual(read(z.int()).shape, { kind: 'integer', width: 'int64', ...SAFE });
    assert.deepEqual(read(z.int32()).shape, {
      kind: 'integer',
      width: 'int32',
      minimum: -(2 ** 31),
      maximum: 2 ** 31 - 1,
    });
    assert.deepEqual(read(z.int().gt(3).lt(9).multipleOf(2)).shape, {
      kind: 'integer',
      width: 'int32',
      minimum: 4,
      maximum: 8,
      multipleOf: 2,
    });
    const { output } = actOf(
      apiWith({
        output: foreignSchema({
          type: 'object',
          properties: { n: { type: 'integer', exclusiveMinimum: 1.5 } },
        }),
      }),
    );
    assert.deepEqual(output?.shape.fields[0]?.shape, {
      kind: 'integer',
      width: 'unbounded',
      minimum: 2,
    });
  });

  test('a known format does without the pattern that says the same', () => {
    const formats: readonly (readonly [z.ZodType, string])[] = [
      [z.email(), 'email'],
      [z.uuid(), 'uuid'],
      [z.guid(), 'uuid'],
      [z.iso.datetime(), 'date-time'],
      [z.iso.datetime({ offset: true }), 'date-time'],
      [z.iso.date(), 'date'],
      [z.iso.duration(), 'duration'],
      [z.url(), 'uri'],
    ];
    for (const [schema, format] of formats) {
      const { shape, schema: json } = read(schema);
      assert.deepEqual(shape, { kind: 'string', format });
      assert.deepEqual(json, { type: 'string', format });
    }
  });

  test('a pattern that says more than the format stays', () => {
    const { shape } = read(z.uuidv7());
    assert.ok(shape?.kind === 'string' && shape.format === 'uuid');
    assert.match(shape.pattern ?? '', /-7\[/);
  });

  test('a format that XML does not know leaves its pattern only', () => {
    const { shape } = read(z.ulid());
    assert.ok(shape?.kind === 'string' && shape.format === undefined);
    assert.match(shape.pattern ?? '', /\{25\}\$$/);
  });

  test('bytes are base64 and decimals are text', () => {
    assert.deepEqual(read(z.base64()).shape, { kind: 'string', format: 'binary' });
    assert.deepEqual(read(z.base64()).schema, { type: 'string', contentEncoding: 'base64' });
    const { shape, schema } = read(z.string().max(20).meta(decimal()));
    assert.deepEqual(shape, { kind: 'string', format: 'decimal', maxLength: 20 });
    assert.deepEqual(schema, {
      type: 'string',
      format: 'decimal',
      maxLength: 20,
      pattern: '^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$',
    });
  });
});

describe('structures', () => {
  test('keep "absent" and "null" apart', () => {
    const { output } = actOf(
      apiWith({
        output: z.object({
          a: z.string().optional(),
          b: z.string().nullable(),
          c: z.enum(['x']).nullish(),
          d: z.union([z.string(), z.null()]),
          e: z.literal(['x', null]),
        }),
      }),
    );
    const fields = output?.shape.fields.map(({ required, shape }) => [required, shape.nullable]);
    assert.deepEqual(fields, [
      [false, undefined],
      [true, true],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  test('arrays, maps and objects nest', () => {
    const keyed = z.record(z.string().max(3), z.array(z.object({ n: z.boolean() })).max(2));
    assert.deepEqual(read(keyed).shape, {
      kind: 'map',
      keys: { kind: 'string', maxLength: 3 },
      values: {
        kind: 'array',
        maxItems: 2,
        items: {
          kind: 'object',
          fields: [{ name: 'n', shape: { kind: 'boolean' }, required: true }],
        },
      },
    });
  });

  test('a union is told apart by its tag, also within "or null" and as a named type', () => {
    const Card = z.object({ type: z.literal('card'), token: z.string() }).meta({ id: 'Card' });
    const Payment = z
      .discriminatedUnion('type', [Card, z.object({ type: z.literal('cash') })])
      .meta({ id: 'Payment' });
    const made = apiWith({ output: z.object({ paid: Payment, again: Payment.nullable() }) });
    assert.deepEqual(made.types.Payment?.shape, {
      kind: 'union',
      tag: 'type',
      branches: [
        { value: 'card', name: 'Card', shape: made.types.Card?.shape },
        {
          value: 'cash',
          shape: {
            kind: 'object',
            fields: [{ name: 'type', shape: { kind: 'string', values: ['cash'] }, required: true }],
          },
        },
      ],
    });
    const again = actOf(made).output?.shape.fields[1]?.shape;
    assert.deepEqual(again, { kind: 'reference', name: 'Payment', nullable: true });
  });

  test('an intersection of objects becomes one object', () => {
    const Named = z.object({ a: z.string() }).meta({ id: 'Named' });
    const { shape } = read(z.intersection(Named, z.object({ b: z.boolean().optional() })));
    assert.deepEqual(shape, {
      kind: 'object',
      fields: [
        { name: 'a', shape: { kind: 'string' }, required: true },
        { name: 'b', shape: { kind: 'boolean' }, required: false },
      ],
    });
  });
});

describe('named types', () => {
  const Money = z
    .object({ amount: z.int(), currency: z.string().length(3) })
    .meta({ id: 'Money', description: 'An amount.' });

  test('stand once in the API and are referred to', () => {
    const made = apiWith({ output: z.object({ a: Money, b: z.array(Money) }), errors: {} });
    assert.deepEqual(Object.keys(made.types), ['Money']);
    assert.equal(made.types.Money?.schema.description, 'An amount.');
    assert.deepEqual(actOf(made).output?.shape.fields[1]?.shape, {
      kind: 'array',
      items: { kind: 'reference', name: 'Money' },
    });
  });

  test('can be an input themselves; its structure is resolved', () => {
    const { input } = actOf(apiWith({ input: Money }));
    assert.deepEqual(input.schema, { $ref: '#/$defs/Money' });
    assert.deepEqual(
      input.shape.fields.map(({ name }) => name),
      ['amount', 'currency'],
    );
  });

  test('give their marks to the fields that hold them, which may add their own', () => {
    const OrderId = z.string().meta({ ...id('ord'), id: 'OrderId' });
    const made = apiWith({
      output: z.object({
        one: OrderId,
        two: OrderId.optional().meta({ ...sensitive(), description: 'The other.' }),
        three: OrderId.nullable(),
      }),
    });
    const marks = actOf(made).output?.shape.fields.map(({ shape: _shape, ...rest }) => rest);
    assert.deepEqual(marks, [
      { name: 'one', required: true, id: 'ord' },
      { name: 'two', required: false, id: 'ord', sensitive: true, description: 'The other.' },
      { name: 'three', required: true, id: 'ord' },
    ]);
  });

  test('with one name have one structure', () => {
    const other = z.object({ cents: z.int() }).meta({ id: 'Price' });
    const one = z.object({ euros: z.int() }).meta({ id: 'Price' });
    const operations = {
      a: someOperation({ output: z.object({ one }) }),
      b: someOperation({ output: z.object({ other }) }),
    };
    assert.deepEqual(
      mistakesOf(() => someApi({ operations })),
      ['operations.b.output: the type "Price" has another structure elsewhere in this API.'],
    );
  });
});

describe('both sides of a schema', () => {
  test('must agree, whatever the library', () => {
    const side = (type: string) => ({
      type: 'object',
      properties: { list: { type: 'array', items: { type } } },
    });
    const input = foreignSchema(side('string'), side('integer'));
    const [mistake = ''] = mistakesOf(() => apiWith({ input }));
    assert.match(mistake, /^operations\.act\.input\.list\[\]\.type: .*differs from what it yields/);
  });

  test('may differ in whether objects are closed', () => {
    const open = { type: 'object', properties: { a: { type: 'string' } } };
    const input = foreignSchema(open, { ...open, additionalProperties: false });
    assert.deepEqual(
      mistakesOf(() => apiWith({ input })),
      [],
    );
  });

  test('what a library cannot convert is refused in its words', () => {
    const failing = () => {
      throw new Error('no form for this');
    };
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'foreign',
        jsonSchema: { input: failing, output: failing },
      },
    };
    assert.deepEqual(
      mistakesOf(() => apiWith({ output: schema })),
      ["operations.act.output: JSON Schema can't express this: no form for this."],
    );
  });

  test('what is no schema is refused', () => {
    const [mistake = ''] = mistakesOf(() => apiWith({ input: {} as never }));
    assert.match(mistake, /^operations\.act\.input: this is not a schema/);
  });
});
