import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ShopFacts } from './facts.ts';
import { createSampleShop } from './fixtures/sample-shop.ts';
import { findBusy, readSettled } from './settle.ts';

/** Gives these facts one after the other, the last one from then on. */
function sourceOf(...states: readonly ShopFacts[]) {
  let reads = 0;
  return {
    name: 'a sequence',
    read: async () => {
      const state = states[Math.min(reads, states.length - 1)] ?? createSampleShop();
      reads += 1;
      return state;
    },
  };
}

describe('waiting for a shop to come to rest', () => {
  const atRest = createSampleShop();
  const withSaga = (saga: Partial<ShopFacts['sagas'][number]>): ShopFacts => {
    const [first, ...others] = atRest.sagas;
    assert.ok(first);
    return { ...atRest, sagas: [{ ...first, ...saga }, ...others] };
  };

  it('ends when nothing is under way and two looks in a row see the same', async () => {
    const [stock] = atRest.stock;
    assert.ok(stock);
    const before = { ...atRest, stock: [{ ...stock, onHand: 19 }] };
    const busy = withSaga({ state: 'running' });
    const settled = await readSettled(sourceOf(busy, before, atRest), 5_000);
    assert.equal(settled.kind, 'settled');
    assert.equal(settled.facts, atRest);
  });

  it('ends with what the shop is busy with when time is up', async () => {
    const busy = withSaga({ state: 'running', step: 'authorize' });
    const settled = await readSettled(sourceOf(busy), 0);
    assert.ok(settled.kind === 'busy');
    assert.deepEqual(settled.with, ['checkout ord_bought is at authorize']);
  });

  it('names a payment whose outcome is not known yet', () => {
    const payments = atRest.payments.map((each) => ({ ...each, state: 'sent' as const }));
    assert.equal(findBusy({ ...atRest, payments }).length, payments.length);
  });

  it('waits for events that were not heard yet, or are tried again', () => {
    const { events } = atRest;
    assert.ok(events);
    const cursors = [{ consumer: 'orders', producer: 'payments', pos: 7 }];
    const parked = [{ consumer: 'orders', topic: 'payments.PaymentDeclined', key: 'pay_1' }];
    assert.deepEqual(findBusy({ ...atRest, events: { ...events, cursors, parked } }), [
      'orders has payments.PaymentAuthorized to hear',
      'orders will try payments.PaymentDeclined pay_1 again',
    ]);
  });

  it('does not wait for what will not end by itself', () => {
    assert.deepEqual(findBusy(withSaga({ state: 'stuck' })), []);
    const deadlineAt = '2026-11-22T11:00:00.000Z';
    assert.deepEqual(findBusy(withSaga({ state: 'running', deadlineAt })), []);
  });
});
