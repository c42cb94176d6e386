import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure, type FailureClass, type Operation } from '@portico/contract';
import fc from 'fast-check';
import { CALLER_DEFAULTS } from './defaults.ts';
import { Stock } from './fixtures.ts';
import { type Attempts, planRepeat } from './retry.ts';

const { read, put, take, ring } = Stock.operations;
const first: Attempts = {
  ...{ operation: read, key: undefined, attempt: 1, made: 1, paid: 0, hadFreeRepeat: false },
};

function plan(failure: Failure, changes: Partial<Attempts> = {}, float = 0.5) {
  const random = { float: () => float };
  return planRepeat(failure, { ...first, ...changes }, { policy: CALLER_DEFAULTS.retry, random });
}

const failure = (name: FailureClass, details = {}) => new Failure(name, 'code', 'Failed.', details);

describe('retries', () => {
  it('repeats what never ran at once and for free, whatever its effect', () => {
    for (const operation of [read, put, take, ring]) {
      for (const name of ['NOT_SENT', 'REFUSED'] as const) {
        assert.deepEqual(plan(failure(name), { operation }), { delayMs: 0, isFree: true });
      }
    }
  });

  it('repeats for free once only, then after a pause and at a cost', () => {
    const again = plan(failure('NOT_SENT'), { made: 2, hadFreeRepeat: true });
    assert.deepEqual(again, { delayMs: 12.5, isFree: false });
  });

  it('repeats what may have run only where a second time does no harm', () => {
    const unknown = failure('UNAVAILABLE');
    assert.deepEqual(plan(unknown), { delayMs: 12.5, isFree: false });
    assert.deepEqual(plan(unknown, { operation: put }), { delayMs: 12.5, isFree: false });
    assert.deepEqual(plan(unknown, { operation: take, key: 'k' }), {
      delayMs: 12.5,
      isFree: false,
    });
    assert.equal(plan(unknown, { operation: take }), undefined);
    assert.equal(plan(unknown, { operation: ring }), undefined);
  });

  it('comes back to an overloaded service when it is told to, and not otherwise', () => {
    assert.equal(plan(failure('OVERLOADED')), undefined);
    assert.deepEqual(plan(failure('OVERLOADED', { retryAfterMs: 300 })), {
      delayMs: 312.5,
      isFree: false,
    });
  });

  it('leaves repeating to whoever further out repeats already, the free repeat excepted', () => {
    assert.equal(plan(failure('UNAVAILABLE'), { attempt: 2 }), undefined);
    assert.equal(plan(failure('OVERLOADED', { retryAfterMs: 1 }), { attempt: 2 }), undefined);
    assert.deepEqual(plan(failure('REFUSED'), { attempt: 2 }), { delayMs: 0, isFree: true });
    assert.equal(plan(failure('REFUSED'), { attempt: 2, hadFreeRepeat: true }), undefined);
  });

  it('never repeats an answer, a deadline or a cancelled call', () => {
    for (const name of ['APP', 'REJECTED', 'BUG', 'DEADLINE', 'CANCELLED'] as const) {
      assert.equal(plan(failure(name)), undefined, name);
    }
  });

  it('keeps within its attempts and delays, whatever happens', () => {
    const { attemptsMax, delayMaxMs } = CALLER_DEFAULTS.retry;
    const classes: FailureClass[] = ['NOT_SENT', 'REFUSED', 'OVERLOADED', 'UNAVAILABLE'];
    const operations: Operation[] = [read, put, take, ring];
    fc.assert(
      fc.property(
        fc.constantFrom(...classes),
        fc.constantFrom(...operations),
        fc.record({ made: fc.nat(6), paid: fc.nat(40), attempt: fc.integer({ min: 1, max: 3 }) }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (name, operation, changes, float) => {
          const made = changes.made + 1;
          const repeat = plan(failure(name), { operation, ...changes, made }, float);
          if (!repeat) return;
          assert(made < attemptsMax);
          assert(repeat.delayMs >= 0 && repeat.delayMs <= delayMaxMs);
          assert(!(operation === ring && name === 'UNAVAILABLE'));
        },
      ),
    );
  });
});
