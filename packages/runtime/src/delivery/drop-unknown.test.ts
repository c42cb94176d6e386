import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, event } from '@portico/contract';
import * as z from 'zod';
import { dropUnknown } from './drop-unknown.ts';

const Line = z.object({ sku: z.string(), count: z.int() }).meta({ id: 'Line' });
const Heard = api('heard', {
  version: '1.0.0',
  summary: 'Has one event of every shape.',
  operations: {},
  events: {
    Ordered: event({
      summary: 'Ordered.',
      key: 'id',
      payload: z.object({
        id: z.string(),
        lines: z.array(Line),
        notes: z.record(z.string(), Line).optional(),
        paid: z
          .discriminatedUnion('by', [
            z.object({ by: z.literal('card'), last4: z.string() }),
            z.object({ by: z.literal('cash') }),
          ])
          .optional(),
      }),
    }),
  },
});

function known(value: unknown): unknown {
  return dropUnknown(value, Heard.events.Ordered.payload.shape, Heard.types);
}

test('drops fields that the consumer does not know, at every depth', () => {
  const line = { sku: 'a', count: 1 };
  const more = { ...line, added: [1] };
  const value = {
    id: 'o1',
    added: { deep: true },
    lines: [more, line],
    notes: { first: more },
    paid: { by: 'card', last4: '4242', added: null },
  };
  assert.deepEqual(known(value), {
    id: 'o1',
    lines: [line, line],
    notes: { first: line },
    paid: { by: 'card', last4: '4242' },
  });
});

test('leaves to the check what is not of the shape', () => {
  for (const value of [null, 7, 'text', [], { lines: 'none' }, { paid: { by: 'shell' } }]) {
    assert.deepEqual(known(value), value);
  }
});

test('does not take "__proto__" for a prototype', () => {
  const notes = JSON.parse('{"__proto__": {"sku": "a", "count": 1}}');
  const { notes: kept } = known({ notes }) as { notes: object };
  assert.deepEqual(Object.keys(kept), ['__proto__']);
  assert.equal(Object.getPrototypeOf(kept), Object.prototype);
});
