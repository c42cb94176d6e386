import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { type Refusal, refusalOf } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { createGuest, prepareOrder, settleOrder } from './kit/shopper.ts';
import type { Via } from './kit/transport.ts';

const AMOUNT_MAX = 1_000_000_000_000;
const euros = (amount: number) => ({ amount, currency: 'EUR' as const });

describe('amounts', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(
      shop,
      { sku: 'TENNER-1', prices: { EUR: 1000 }, pieces: 1000 },
      { sku: 'FREE-1', prices: { EUR: 0 }, pieces: 100 },
      { sku: 'MANY-1', prices: { EUR: 999, GBP: 850, JPY: 1601, BHD: 4_051 }, pieces: 100 },
      { sku: 'HUGE-1', prices: { EUR: AMOUNT_MAX }, pieces: 100 },
    );
  });
  after(() => shop.stop());

  const buy = async (
    via: Via,
    want: { sku: string; quantity?: number; currency?: 'JPY' | 'BHD' | 'GBP' },
  ) => {
    const who = await createGuest(shop, via);
    const order = await prepareOrder(who, { psp: shop.psp, ...want });
    const { orderId } = await who.orders.placeOrder(order);
    return { who, orderId, order: await settleOrder(shop, who, orderId) };
  };
  const refundable = (refusal: Refusal) => (refusal.data as { refundable: unknown }).refundable;

  for (const via of VIAS) {
    it(`are refunded to the cent, and no cent more, over ${via}`, async () => {
      const { who, orderId, order } = await buy(via, { sku: 'TENNER-1' });
      assert.deepEqual(order.total, euros(1490));
      const staff = await shop.calls(Orders, { via, as: shop.consumers.staff });
      const refund = (amount: number) =>
        staff.refundOrder({ orderId, amount: euros(amount), reason: 'part' });
      for (const amount of [333, 333, 333, 490]) await refund(amount);
      const over = await refusalOf(refund(2));
      assert.equal(over.code, 'RefundTooLarge');
      assert.deepEqual(refundable(over), euros(1));
      await refund(1);
      assert.deepEqual(refundable(await refusalOf(refund(1))), euros(0));
      const back = await settleOrder(shop, who, orderId);
      assert.deepEqual([back.payment, back.refunded], ['refunded', euros(1490)]);
      const ledger = await shop.psp.ledgerOf(order.paymentId ?? '');
      const given = ledger.filter((line) => line.kind === 'refunded').map((line) => line.amount);
      assert.deepEqual(
        given.sort((a, b) => a - b),
        [1, 333, 333, 333, 490],
      );
    });

    it(`are never given back twice by refunds at the same time over ${via}`, async () => {
      const { who, orderId, order } = await buy(via, { sku: 'TENNER-1' });
      const staff = await shop.calls(Orders, { via, as: shop.consumers.staff });
      const codes = await Promise.all(
        Array.from({ length: 5 }, () =>
          staff.refundOrder({ orderId, amount: euros(500), reason: 'again' }).then(
            () => 'refunded',
            (problem: unknown) => (problem as Refusal).code,
          ),
        ),
      );
      const expected = [...Array(3).fill('RefundTooLarge'), 'refunded', 'refunded'];
      assert.deepEqual(codes.sort(), expected);
      const back = await settleOrder(shop, who, orderId);
      assert.deepEqual([back.payment, back.refunded], ['partlyRefunded', euros(1000)]);
      const ledger = await shop.psp.ledgerOf(order.paymentId ?? '');
      const given = ledger.filter((line) => line.kind === 'refunded').map((line) => line.amount);
      assert.deepEqual(given, [500, 500]);
    });

    it(`of zero need no payment over ${via}`, async () => {
      const { order } = await buy(via, { sku: 'FREE-1' });
      assert.deepEqual([order.state, order.payment], ['confirmed', 'none']);
      assert.deepEqual(order.total, euros(0));
      assert.equal(order.paymentId, undefined);
    });

    it(`are whole minor units of each currency over ${via}`, async () => {
      for (const [currency, total] of [
        ['GBP', 3 * 850 + 420],
        ['JPY', 3 * 1601 + 790],
        ['BHD', 3 * 4051 + 2000],
      ] as const) {
        const { order } = await buy(via, { sku: 'MANY-1', quantity: 3, currency });
        assert.deepEqual(order.total, { amount: total, currency });
        const ledger = await shop.psp.ledgerOf(order.paymentId ?? '');
        assert.deepEqual(
          ledger.map((line) => [line.kind, line.amount, line.currency]),
          [
            ['authorized', total, currency],
            ['captured', total, currency],
          ],
        );
      }
    });

    it(`of one cart have one currency over ${via}`, async () => {
      const who = await createGuest(shop, via);
      await who.cart.addItem({ sku: 'MANY-1', quantity: 1, currency: 'JPY' });
      const mixed = await refusalOf(
        who.cart.addItem({ sku: 'MANY-1', quantity: 1, currency: 'EUR' }),
      );
      assert.equal(mixed.code, 'CurrencyMismatch');
      assert.deepEqual(mixed.data, { expected: 'JPY', actual: 'EUR' });
      const unpriced = await refusalOf(who.cart.addItem({ sku: 'TENNER-1', quantity: 1 }));
      assert.equal(unpriced.code, 'NotSold');
    });

    it(`take quantities of 1 to 99 and name the field of any other over ${via}`, async () => {
      const who = await createGuest(shop, via);
      for (const quantity of [0, -1, 1.5, 100, 1e9]) {
        const refusal = await refusalOf(who.cart.addItem({ sku: 'TENNER-1', quantity }));
        assert.equal(refusal.code, 'invalid', refusal.message);
        assert.deepEqual(refusal.reply.pointers, ['/quantity']);
      }
      await who.cart.addItem({ sku: 'TENNER-1', quantity: 99 });
      const more = await refusalOf(who.cart.addItem({ sku: 'TENNER-1', quantity: 1 }));
      assert.equal(more.code, 'QuantityLimit');
    });

    it(`beyond the largest are refused, not rounded, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const cart = await who.cart.addItem({ sku: 'HUGE-1', quantity: 1 });
      assert.deepEqual(cart.subtotal, euros(AMOUNT_MAX));
      const quote = await who.orders.getQuote({ country: 'DE' });
      assert.deepEqual(quote.total, euros(AMOUNT_MAX));
      const express = { country: 'DE', shippingMethod: 'express' };
      assert.equal((await refusalOf(who.orders.getQuote(express))).code, 'invalid');
      const two = await refusalOf(who.cart.setQuantity({ sku: 'HUGE-1', quantity: 2 }));
      const more = await refusalOf(who.cart.addItem({ sku: 'TENNER-1', quantity: 1 }));
      for (const refusal of [two, more]) {
        assert.equal(refusal.code, 'invalid', refusal.message);
        assert.deepEqual(refusal.reply.pointers, ['/quantity']);
      }
      assert.deepEqual((await who.cart.getCart()).lines, cart.lines);
    });
  }

  it('leaves every invariant as it was', () => assertHolds(shop));
});
