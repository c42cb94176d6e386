import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { advance, ledgerOf, type PaymentRowState, toDeclineReason } from './payment-states.ts';
import type { ProviderState } from './provider.ts';

const words: readonly ProviderState[] = [
  'actionRequired',
  'authorized',
  'declined',
  'captured',
  'voided',
];

describe('a payment', () => {
  it('follows its provider', () => {
    assert.deepEqual(advance('sent', 'authorized'), ['authorized']);
    assert.deepEqual(advance('sent', 'captured'), ['authorized', 'captured']);
    assert.deepEqual(advance('actionRequired', 'declined'), ['declined']);
  });

  it('does not go back for a late word', () => {
    assert.deepEqual(advance('captured', 'authorized'), []);
    assert.deepEqual(advance('authorized', 'actionRequired'), []);
    assert.deepEqual(advance('captured', 'voided'), []);
  });

  it('stays voided when its authorization succeeds late', () => {
    for (const word of words) assert.deepEqual(advance('voided', word), []);
  });

  it('ends in the same state whatever is repeated', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words)), (told) => {
        const follow = (list: readonly ProviderState[]) =>
          list.reduce<PaymentRowState>(
            (state, word) => advance(state, word).at(-1) ?? state,
            'sent',
          );
        assert.equal(follow(told.flatMap((word) => [word, word])), follow(told));
      }),
    );
  });

  it('books what was set aside, also when it hears of it only after it was let go', () => {
    assert.deepEqual(ledgerOf('voided', true), ['authorized', 'voided']);
    assert.deepEqual(ledgerOf('voided', false), ['voided']);
    assert.deepEqual(ledgerOf('captured', true), ['authorized', 'captured']);
    assert.deepEqual(ledgerOf('declined', false), []);
  });

  it('is declined with a reason of ours, also when the provider has a new one', () => {
    assert.equal(toDeclineReason('incorrect_cvc'), 'wrongCvc');
    assert.equal(toDeclineReason('moon_phase'), 'declined');
    assert.equal(toDeclineReason(undefined), 'declined');
  });
});
