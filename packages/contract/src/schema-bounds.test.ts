import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { actOf, apiWith } from './fixtures.ts';
import { toStandaloneSchema } from './standalone-schema.ts';

const Note = z.object({ text: z.string() }).meta({ id: 'Note' });
const Answer = z.object({ text: z.string() }).meta({ id: 'Answer' });

describe('inputs', () => {
  test('get the bounds that their authors left out, and keep those they have', () => {
    const { input } = actOf(
      apiWith({
        input: z.object({
          text: z.string().nullable(),
          short: z.string().max(5),
          word: z.enum(['a']),
          day: z.iso.date(),
          list: z.array(z.int()),
          few: z.array(z.int()).max(2),
          map: z.record(z.string(), z.string()),
        }),
      }),
    );
    const facets = input.shape.fields.map(({ name, shape }) => {
      const { kind: _kind, ...rest } = shape;
      return [name, rest];
    });
    const int = input.shape.fields.find(({ name }) => name === 'few')?.shape;
    assert.deepEqual(Object.fromEntries(facets), {
      text: { maxLength: 4096, nullable: true },
      short: { maxLength: 5 },
      word: { values: ['a'] },
      day: { format: 'date', maxLength: 10 },
      list: { items: int?.kind === 'array' && int.items, maxItems: 1000 },
      few: { items: int?.kind === 'array' && int.items, maxItems: 2 },
      map: {
        values: { kind: 'string', maxLength: 4096 },
        keys: { kind: 'string', maxLength: 256 },
        maxProperties: 1000,
      },
    });
  });

  test('are closed, and outputs open', () => {
    const shape = { inner: z.object({ a: z.string() }) };
    const act = actOf(apiWith({ input: z.object(shape), output: z.strictObject(shape) }));
    assert.equal(act.input.schema.additionalProperties, false);
    assert.match(JSON.stringify(act.input.schema.properties), /"additionalProperties":false/);
    assert.doesNotMatch(JSON.stringify(act.output?.schema), /additionalProperties/);
  });

  test('close and bound the named types that they reach, and only those', () => {
    const made = apiWith({
      input: z.object({ notes: z.array(Note) }),
      output: z.object({ answer: Answer, note: Note }),
    });
    assert.deepEqual(made.types.Note?.schema, {
      type: 'object',
      properties: { text: { type: 'string', maxLength: 4096 } },
      required: ['text'],
      additionalProperties: false,
    });
    assert.deepEqual(made.types.Answer?.schema, {
      type: 'object',
      properties: { text: { type: 'string' } },
      required: ['text'],
    });
  });
});

describe('a schema of its own', () => {
  const made = apiWith({
    input: z.object({ note: Note }),
    output: z.object({ note: Note, answer: z.array(Answer) }),
  });
  const output = actOf(made).output?.schema ?? {};

  test('brings the named types it needs, all closed', () => {
    const closed = toStandaloneSchema(output, made, 'closed');
    assert.deepEqual(Object.keys(closed.$defs ?? {}), ['Answer', 'Note']);
    assert.equal(closed.additionalProperties, false);
    assert.equal(JSON.stringify(closed).match(/"additionalProperties":false/g)?.length, 3);
  });

  test('or all open', () => {
    const open = toStandaloneSchema(output, made, 'open');
    assert.doesNotMatch(JSON.stringify(open), /additionalProperties/);
  });

  test('has no $defs where it needs none', () => {
    const schema = toStandaloneSchema({ type: 'string' }, made, 'closed');
    assert.deepEqual(schema, { type: 'string' });
  });
});
