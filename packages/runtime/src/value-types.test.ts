import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, operation } from '@portico/contract';
import fc from 'fast-check';
import * as z from 'zod';
import { REFUSED } from './copy-json.ts';
import { createValueTypes } from './value-types.ts';

const Money = z.object({ amount: z.int(), currency: z.string().length(3) }).meta({ id: 'Money' });
type Tree = { name: string; children: Tree[] };
const Tree: z.ZodType<Tree> = z
  .object({ name: z.string().max(5), children: z.lazy(() => z.array(Tree).max(3)) })
  .meta({ id: 'Tree' });

const Sample = z.object({
  name: z.string().min(2).max(6),
  code: z.string().regex(/^[a-c]+$/),
  size: z.enum(['small', 'large']),
  count: z.int().min(-5).max(5),
  even: z.int().multipleOf(2).optional(),
  ratio: z.number().gt(0).lt(1).nullable(),
  flag: z.boolean().optional(),
  price: Money.nullable().optional(),
  list: z.array(Money).min(1).max(2),
  words: z.record(z.string().regex(/^[a-z_]*$/), z.string().max(3)),
  shape: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), radius: z.int() }),
    z.object({ kind: z.literal('square'), side: z.int().optional() }),
  ]),
  extra: z.unknown().optional(),
  tree: Tree.optional(),
  day: z.iso.date().optional(),
  at: z.iso.datetime().optional(),
  bytes: z.base64().optional(),
});
const Samples = api('samples', {
  version: '1.0.0',
  summary: 'Every kind of shape.',
  operations: { take: operation({ summary: 'Takes one.', effect: 'unsafe', input: Sample }) },
});
const type = createValueTypes(Samples).compile(Samples.operations.take.input);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 7 }),
  fc.constantFrom(
    'ab',
    'abc',
    'small',
    'EUR',
    '2024-02-30',
    '2024-02-29',
    'AAAA',
    'A',
    '\u{1F600}',
  ),
  fc.constantFrom('2024-02-29T10:00:00Z', '2024-02-29 10:00:00Z', '__proto__'),
);
const scalar = fc.oneof(text, fc.integer({ min: -7, max: 7 }), fc.double(), fc.boolean());
const money = fc.record({ amount: fc.integer(), currency: fc.constantFrom('EUR', 'GBP', 'EU') });
const tree = fc.letrec((tie) => ({
  tree: fc.record({
    name: fc.constantFrom('a', 'long name'),
    children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 2 })),
  }),
})).tree;
const sample = fc.record(
  {
    name: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('ab', '\u{1F600}\u{1F600}') }, scalar),
    code: fc.oneof({ weight: 5, arbitrary: fc.constant('abc') }, text),
    size: fc.oneof({ weight: 5, arbitrary: fc.constant('small') }, text),
    count: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -5, max: 5 }) }, scalar),
    even: fc.integer({ min: 0, max: 4 }),
    ratio: fc.constantFrom(0.5, 0.1, null, 0, 1),
    flag: fc.oneof({ weight: 5, arbitrary: fc.boolean() }, scalar),
    price: fc.oneof(money, fc.constant(null)),
    list: fc.array(money, { minLength: 0, maxLength: 3 }),
    words: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), text, {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    shape: fc.oneof(
      fc.record({ kind: fc.constant('circle'), radius: fc.integer() }),
      fc.record({ kind: fc.constantFrom('square', 'circle', 'other'), side: fc.integer() }),
    ),
    extra: fc.jsonValue(),
    tree,
    day: text,
    at: text,
    bytes: text,
    surprise: fc.constant(1),
  },
  { noNullPrototype: true },
);
const KEYS = [...Object.keys(Sample.shape), 'surprise'];
/** A valid value with at most two members changed and one left out, as it comes from a client: JSON. */
const json = fc
  .tuple(sample, fc.subarray(KEYS, { maxLength: 2 }), fc.subarray(KEYS, { maxLength: 1 }))
  .map(([changes, changed, absent]) => {
    const picked = Object.entries(changes).filter(([name]) => changed.includes(name));
    const value = valid(Object.fromEntries(picked));
    for (const name of absent) delete value[name];
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  });

describe('a type at a boundary', () => {
  it('accepts exactly what Ajv accepts of the contract', () => {
    let accepted = 0;
    const agree = fc.property(json, (value) => {
      const copy = type.copy(value);
      if (copy !== REFUSED) accepted++;
      const reasons = type.explain(value).map(({ detail }) => detail);
      const isValid =
        reasons.length === 1 && reasons[0] === 'holds something that JSON has no form for.';
      assert.equal(copy !== REFUSED, isValid, JSON.stringify({ value, reasons }));
    });
    fc.assert(agree, { numRuns: 3000 });
    assert.ok(accepted > 500, `only ${accepted} values were valid: the generator proves nothing`);
  });

  it('makes equal copies that share no object with the original', () => {
    const copies = fc.property(json, (value) => {
      const copy = type.copy(value);
      if (copy === REFUSED) return;
      assert.deepEqual(copy, value);
      const before = JSON.stringify(copy);
      scramble(value);
      assert.equal(JSON.stringify(copy), before);
    });
    fc.assert(copies, { numRuns: 2000 });
  });

  it('treats names of Object.prototype as data', () => {
    const words = JSON.parse('{"__proto__":"x","constructor":"y"}');
    const copy = type.copy(valid({ words })) as { words: object };
    assert.deepEqual(Object.keys(copy.words).sort(), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(copy.words), Object.prototype);
    assert.equal(type.copy(JSON.parse('{"__proto__":{"name":"ab"}}')), REFUSED);
  });

  it('takes undefined members as absent, known or not', () => {
    const copy = type.copy(valid({ flag: undefined, unknown: undefined })) as object;
    assert.deepEqual(copy, valid({}));
    assert.ok(!('flag' in copy));
  });

  it('refuses what JSON has no form for', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const deep = Array.from({ length: 200 }).reduce((inner) => [inner], [] as unknown);
    for (const extra of [
      new Date(0),
      Number.NaN,
      () => 1,
      1n,
      Symbol('s'),
      cyclic,
      deep,
      new Map(),
    ]) {
      assert.equal(type.copy(valid({ extra })), REFUSED);
    }
    const tree: { name: string; children: unknown[] } = { name: 'a', children: [] };
    tree.children.push(tree);
    assert.equal(type.copy(valid({ tree })), REFUSED);
    assert.deepEqual(type.explain(valid({ tree })), [
      { pointer: '', detail: 'is nested too deeply.' },
    ]);
  });

  it('says what is wrong with pointers and sentences, and never repeats a value', () => {
    const value = valid({
      name: 'secret-secret',
      list: [{ amount: 1.5, currency: 'EUR', 'a/b': 1 }],
    });
    assert.deepEqual(type.explain({ ...value, count: undefined }), [
      { pointer: '/count', detail: 'is required.' },
      { pointer: '/name', detail: 'must have at most 6 characters.' },
      { pointer: '/list/0/a~1b', detail: 'is not known.' },
      { pointer: '/list/0/amount', detail: 'must be an integer.' },
    ]);
  });

  it('explains the branch of a union that was meant', () => {
    assert.deepEqual(type.explain(valid({ shape: { kind: 'circle', radius: 'x' } })), [
      { pointer: '/shape/radius', detail: 'must be an integer.' },
    ]);
    assert.deepEqual(type.explain(valid({ shape: { kind: 'star' } })), [
      { pointer: '/shape/kind', detail: 'is none of the known kinds.' },
    ]);
  });

  it('lists no more than 20 reasons', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x${index}`, 1]));
    assert.equal(type.explain(valid(many)).length, 20);
  });
});

function valid(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    name: 'abc',
    code: 'abc',
    size: 'small',
    count: 1,
    ratio: null,
    list: [{ amount: 1, currency: 'EUR' }],
    words: {},
    shape: { kind: 'square' },
    ...changes,
  };
}

/** Changes every object and array within `value`. */
function scramble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) scramble(member);
  if (Array.isArray(value)) value.push('scrambled');
  else Object.assign(value, { scrambled: true });
}
