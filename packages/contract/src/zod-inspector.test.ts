import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { apiWith, mistakesOf } from './fixtures.ts';

/** What is said about one field of an input, without its place. */
function refusalOf(field: z.ZodType): string {
  const found = mistakesOf(() => apiWith({ input: z.object({ field }) }));
  assert.equal(found.length, 1, `one mistake, not ${JSON.stringify(found)}`);
  const [mistake = ''] = found;
  assert.match(mistake, /^operations\.act\.input\.field/);
  return mistake;
}

describe('what Zod drops silently', () => {
  const refused: readonly (readonly [name: string, schema: z.ZodType, reason: RegExp])[] = [
    ['refine', z.string().refine(() => true), /refine/],
    ['superRefine', z.string().superRefine(() => {}), /superRefine/],
    ['check', z.string().check(() => {}), /check/],
    ['refine on an object', z.object({ a: z.string() }).refine(() => true), /refine/],
    ['refine on an array', z.array(z.string()).refine(() => true), /refine/],
    ['custom', z.custom<string>(() => true), /custom/],
    ['instanceof', z.instanceof(Uint8Array), /custom/],
    ['transform', z.string().transform((text) => text.length), /transform/],
    ['preprocess', z.preprocess((value) => value, z.string()), /preprocess/],
    ['pipe', z.string().pipe(z.string()), /pipe/],
    ['codec', z.codec(z.string(), z.int(), { decode: Number, encode: String }), /codec/],
    ['stringbool', z.stringbool(), /stringbool/],
    ['trim', z.string().trim(), /trim/],
    ['toLowerCase', z.string().toLowerCase(), /toLowerCase/],
    ['normalize', z.string().normalize(), /normalize/],
    ['overwrite', z.number().overwrite(Math.round), /unchanged/],
    ['coerce', z.coerce.number(), /coercion/],
    ['coerced string', z.coerce.string(), /coercion/],
    ['default', z.string().default('x'), /default/],
    ['prefault', z.string().prefault('x'), /default/],
    ['catch', z.string().catch('x'), /catch/],
    ['a flag of a pattern', z.string().regex(/^a+$/i), /flag "i"/],
    ['options of url', z.url({ protocol: /^https$/ }), /z\.url/],
    ['httpUrl', z.httpUrl(), /z\.url/],
    ['a format with a pattern', z.url().startsWith('https://'), /together/],
    ['success', z.success(z.string()), /success/],
    ['promise', z.promise(z.string()), /promise/],
  ];
  for (const [name, schema, reason] of refused) {
    test(`refuses ${name}`, () => assert.match(refusalOf(schema), reason));
  }
});

describe('what JSON cannot hold', () => {
  const refused: readonly (readonly [name: string, schema: z.ZodType, reason: RegExp])[] = [
    ['bigint', z.bigint(), /bigint/],
    ['Date', z.date(), /Date/],
    ['Map', z.map(z.string(), z.string()), /Map/],
    ['Set', z.set(z.string()), /Set/],
    ['undefined', z.undefined(), /undefined/],
    ['an undefined literal', z.literal(['a', undefined]), /undefined/],
    ['void', z.void(), /undefined/],
    ['symbol', z.symbol(), /symbol/],
    ['NaN', z.nan(), /NaN/],
    ['file', z.file(), /file/],
  ];
  for (const [name, schema, reason] of refused) {
    test(`refuses ${name}`, () => assert.match(refusalOf(schema), reason));
  }
});

describe('how Zod is inspected', () => {
  test('finds what is wrong at any depth, with the path of the field', () => {
    const inner = z.object({ deep: z.array(z.record(z.string(), z.string().trim())) });
    const input = z.object({
      list: z.array(inner).optional(),
      either: z.discriminatedUnion('type', [
        z.object({ type: z.literal('a'), x: z.coerce.number() }),
        z.object({ type: z.literal('b') }),
      ]),
    });
    const places = mistakesOf(() => apiWith({ input })).map((text) => text.split(': ')[0]);
    assert.deepEqual(places, [
      'operations.act.input.list[].deep[]{}',
      'operations.act.input.either(0).x',
    ]);
  });

  test('names all that is wrong at once, also what JSON Schema itself would end at', () => {
    const input = z.object({
      when: z.date(),
      big: z.bigint(),
      pair: z.tuple([z.string(), z.int()]),
      word: z.string().trim(),
    });
    const places = mistakesOf(() => apiWith({ input })).map((text) => text.split(': ')[0]);
    assert.deepEqual(places?.toSorted(), [
      'operations.act.input.big',
      'operations.act.input.pair',
      'operations.act.input.when',
      'operations.act.input.word',
    ]);
  });

  test('ends in schemas that contain themselves', () => {
    const Category = z
      .object({
        name: z.string(),
        get children() {
          return z.array(Category).optional();
        },
      })
      .meta({ id: 'Category' });
    const made = apiWith({ input: z.object({ root: Category }) });
    assert.deepEqual(Object.keys(made.types), ['Category']);
    const Lazy: z.ZodType = z.object({ next: z.lazy(() => Lazy).optional() }).meta({ id: 'Chain' });
    assert.deepEqual(Object.keys(apiWith({ input: z.object({ Lazy }) }).types), ['Chain']);
  });

  test('lets pass what changes types only', () => {
    const input = z.object({
      branded: z.string().brand('Sku'),
      readonly: z.array(z.string()).readonly(),
      described: z.string().describe('Some text.'),
      lazy: z.lazy(() => z.string()),
      nonoptional: z.string().optional().nonoptional(),
    });
    assert.deepEqual(
      mistakesOf(() => apiWith({ input })),
      [],
    );
  });
});
