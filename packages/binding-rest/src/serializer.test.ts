import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, ObjectShape, Shape, Type } from '@portico/contract';
import fc from 'fast-check';
import { createSerializer } from './serializer.ts';

interface Sample {
  readonly shape: Shape;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
const name = fc.oneof(
  fc.constantFrom('id', 'a-b', 'with"quote', 'x\u2028y', 'toJSON', 'constructor', 'default', '0'),
  text.filter((one) => one !== '__proto__'),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0);

/** Types by name, one of them containing itself, beside arbitraries of their values. */
const types: Record<string, Type> = {
  Money: typeOf({ kind: 'object', fields: [field('amount', { kind: 'integer', width: 'int64' })] }),
  Tree: typeOf({
    kind: 'object',
    fields: [
      field('label', { kind: 'string' }),
      field('left', { kind: 'reference', name: 'Tree', nullable: true }),
      field('all', { kind: 'array', items: { kind: 'reference', name: 'Tree' } }, false),
    ],
  }),
};
const { tree } = fc.letrec((tie) => ({
  tree: fc.record(
    {
      label: text,
      left: fc.option(tie('tree'), { nil: null, maxDepth: 3, depthIdentifier: 'tree' }),
      all: fc.array(tie('tree'), { maxLength: 2, depthIdentifier: 'tree' }),
    },
    { requiredKeys: ['label', 'left'], noNullPrototype: true },
  ),
}));

function typeOf(shape: Shape): Type {
  return { schema: {}, shape };
}

function field(fieldName: string, shape: Shape, required = true): Field {
  return { name: fieldName, shape, required };
}

const leaf: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  { shape: { kind: 'string' }, value: text },
  { shape: { kind: 'string', format: 'date-time' }, value: text },
  { shape: { kind: 'integer', width: 'int64' }, value: fc.maxSafeInteger() },
  { shape: { kind: 'number' }, value: number },
  { shape: { kind: 'boolean' }, value: fc.boolean() },
  { shape: { kind: 'any' }, value: fc.jsonValue().map((one) => JSON.parse(JSON.stringify(one))) },
  { shape: { kind: 'reference', name: 'Tree' }, value: tree },
  {
    shape: { kind: 'reference', name: 'Money', nullable: true },
    value: fc.option(fc.record({ amount: fc.maxSafeInteger() }, { noNullPrototype: true })),
  },
  {
    shape: {
      kind: 'union',
      tag: 'type',
      branches: [
        { value: 'a', shape: { kind: 'object', fields: [field('type', { kind: 'string' })] } },
        {
          value: 'b',
          shape: {
            kind: 'object',
            fields: [field('type', { kind: 'string' }), field('n', { kind: 'number' })],
          },
        },
      ],
    },
    value: fc.oneof(
      fc.constant({ type: 'a' }),
      number.map((n) => ({ type: 'b', n })),
    ),
  },
);

const { object } = fc.letrec<{ any: Sample; object: Sample }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, leaf, tie('object'), list(tie('any')), map(tie('any'))),
  object: fc
    .uniqueArray(
      fc.record({ name, sample: tie('any'), required: fc.boolean(), isNull: fc.boolean() }),
      {
        selector: (one) => one.name,
        maxLength: 5,
      },
    )
    .map(toObject),
}));

function list(items: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return items.map((one) => ({
    shape: { kind: 'array', items: one.shape },
    value: fc.array(one.value, { maxLength: 4 }),
  }));
}

function map(values: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return values.map((one) => ({
    shape: { kind: 'map', values: one.shape },
    value: fc.dictionary(text, one.value, { maxKeys: 4, noNullPrototype: true }),
  }));
}

function toObject(
  members: readonly { name: string; sample: Sample; required: boolean; isNull: boolean }[],
): Sample {
  const fields: Field[] = [];
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of members) {
    const { shape, value } = member.sample;
    const nullable: Shape = member.isNull ? { ...shape, nullable: true } : shape;
    fields.push(field(member.name, nullable, member.required));
    values[member.name] = member.isNull ? fc.option(value, { nil: null }) : value;
  }
  const requiredKeys = fields.filter((one) => one.required).map((one) => one.name);
  return {
    shape: { kind: 'object', fields },
    value: fc.record(values, { requiredKeys, noNullPrototype: true }),
  };
}

test('writes what JSON.stringify would, for any shape and any of its values', () => {
  const cases = object.chain((one) =>
    fc.record({ shape: fc.constant(one.shape), value: one.value }),
  );
  fc.assert(
    fc.property(cases, ({ shape, value }) => {
      const serialize = createSerializer(shape as ObjectShape, types);
      assert.deepEqual(JSON.parse(serialize(value as object)), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});

test('writes fields that every object inherits only when they are there', () => {
  const shape: ObjectShape = {
    kind: 'object',
    fields: [field('constructor', { kind: 'string' }, false), field('a', { kind: 'string' })],
  };
  assert.equal(createSerializer(shape, {})({ a: '1' }), '{"a":"1"}');
});

test('keeps prototype names as keys of maps', () => {
  const shape: ObjectShape = {
    kind: 'object',
    fields: [field('counts', { kind: 'map', values: { kind: 'number' } })],
  };
  const value = JSON.parse('{"counts":{"__proto__":1,"toString":2}}');
  assert.equal(createSerializer(shape, {})(value), '{"counts":{"__proto__":1,"toString":2}}');
});
