import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { error } from './error.ts';
import { mistakesOf, someApi, someOperation } from './fixtures.ts';

type Operations = Readonly<Record<string, ReturnType<typeof someOperation>>>;

function refused(operations: Operations, mistake: RegExp): void {
  const found = mistakesOf(() => someApi({ operations }));
  assert.equal(found.length, 1, `one mistake, not ${JSON.stringify(found, null, 1)}`);
  assert.match(found.join(), mistake);
}

describe('names that become one in generated classes are refused', () => {
  test('for fields of one object', () => {
    for (const other of ['userID', 'user_id', 'user-id']) {
      const input = z.object({ userId: z.string(), [other]: z.string() });
      refused({ act: someOperation({ input }) }, /"user.?I?i?[dD]" and "userId" become one name/);
    }
    const deep = z.object({ list: z.array(z.object({ a: z.int(), A: z.int() })) });
    refused({ act: someOperation({ output: deep }) }, /output\.list\[\]\.A: "A" and "a" become/);
  });

  test('for types beside operations and their responses', () => {
    const typed = (id: string) => z.object({ a: z.object({ n: z.int() }).meta({ id }) });
    const order = (id: string) => ({ order: someOperation({ output: typed(id) }) });
    refused(
      order('Order'),
      /operations\.order: its class "order" would be the class of types\.Ord/,
    );
    refused(order('OrderResponse'), /"orderResponse" would be the class of types\.OrderResponse/);
    assert.deepEqual(
      mistakesOf(() => someApi({ operations: order('OrderLine') })),
      [],
    );
  });

  test('for operations beside the responses of others', () => {
    const operations = { get: someOperation(), getResponse: someOperation() };
    refused(operations, /"getResponse" would be the class of operations\.get too/);
  });

  test('for errors beside types', () => {
    const Missing = error({ status: 404, summary: 'x' });
    const output = z.object({ a: z.object({ n: z.int() }).meta({ id: 'Missing' }) });
    const operations = { act: someOperation({ output, errors: { Missing } }) };
    refused(operations, /errors\.Missing: its class "Missing" would be the class of types\.Miss/);
  });

  test('for branches of a union, which are also names of elements', () => {
    const union = (...values: readonly string[]) => {
      const branch = (kind: string) => z.object({ kind: z.literal(kind) });
      const [first = '', second = ''] = values;
      const either = z.discriminatedUnion('kind', [branch(first), branch(second)]);
      return { act: someOperation({ output: z.object({ either }) }) };
    };
    assert.deepEqual(
      mistakesOf(() => someApi({ operations: union('card', 'cash') })),
      [],
    );
    refused(union('card', 'Card'), /either\.kind: "Card" and "card" become one name/);
    refused(union('order.placed', 'b'), /"order\.placed" can't name the element of a branch/);
  });
});
