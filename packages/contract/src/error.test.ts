import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { error } from './error.ts';
import { Failure } from './failure.ts';

const OutOfStock = error({
  status: 409,
  summary: 'Not enough stock.',
  data: z.object({ sku: z.string() }),
});

describe('a declared error', () => {
  test('is made by calling it, with its data and its status', () => {
    const made = OutOfStock({ sku: 'A' });
    assert.ok(made instanceof Failure && made instanceof Error);
    assert.equal(made.class, 'APP');
    assert.equal(made.message, 'Not enough stock.');
    assert.deepEqual(made.details.data, { sku: 'A' });
    assert.equal(made.details.status, 409);
    assert.equal(OutOfStock({ sku: 'A' }, 'Two are left.').message, 'Two are left.');
  });

  test('recognises its own and nothing else', () => {
    const Other = error({ status: 409, summary: 'Not enough stock.' });
    assert.equal(OutOfStock.is(OutOfStock({ sku: 'A' })), true);
    for (const value of [Other(), new Error('x'), Failure.from('x'), undefined, { details: {} }]) {
      assert.equal(OutOfStock.is(value), false);
    }
  });
});

describe('a failure', () => {
  test('has a stack, but where looking for it would cost more than the refusal', () => {
    const shed = Failure.withoutStack('OVERLOADED', 'overloaded', 'Later.', { retryAfterMs: 5 });
    assert.doesNotMatch(shed.stack ?? '', / at /);
    assert.deepEqual([shed.message, shed.details.retryAfterMs], ['Later.', 5]);
    assert.match(Failure.rejected('invalid', 'No.').stack ?? '', / at /);
  });

  test('is kept as it is, and anything else becomes a bug with its cause', () => {
    const refused = Failure.rejected('forbidden', 'No.', { permissions: ['orders:write'] });
    assert.equal(Failure.from(refused), refused);
    assert.deepEqual([refused.class, refused.code], ['REJECTED', 'forbidden']);
    const cause = new TypeError('secret');
    const bug = Failure.from(cause);
    assert.deepEqual([bug.class, bug.code, bug.cause], ['BUG', 'internal', cause]);
    assert.doesNotMatch(bug.message, /secret/);
  });
});
