import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import type { Card } from './kit/psp.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { createGuest, prepareOrder, quoteOrder, settleOrder, waitForOrder } from './kit/shopper.ts';

/** Cards that are turned down, and as what payments tells of it. */
const BAD_CARDS: readonly Card[] = [
  'declined',
  'insufficientFunds',
  'expired',
  'wrongCvc',
  'processingError',
];

describe('cards of the sandbox', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 100 });
  });
  after(() => shop.stop());

  const kindsOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);

  for (const [index, card] of BAD_CARDS.entries()) {
    const via = VIAS[index % VIAS.length] ?? 'REST';
    it(`takes nothing, keeps nothing and leaves the cart when a card is ${card} (${via})`, async () => {
      const stock = await stockOf(shop, 'LAMP-1');
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card });
      const cart = await who.cart.getCart();
      const { orderId } = await who.orders.placeOrder(order);
      const failed = await settleOrder(shop, who, orderId);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.failureReason, 'PaymentDeclined');
      assert.equal(failed.payment, 'declined');
      assert.deepEqual(await stockOf(shop, 'LAMP-1'), stock);
      assert.deepEqual(await who.cart.getCart(), cart);
      assert.deepEqual(await kindsOf(failed.paymentId), ['declined']);
      // The next attempt, with a better card, is a new order.
      const next = await who.orders.placeOrder(await quoteOrder(who, { psp: shop.psp }));
      assert.notEqual(next.orderId, orderId);
      assert.equal((await settleOrder(shop, who, next.orderId)).payment, 'paid');
    });
  }

  it('never gets a token for a number that fails Luhn', async () => {
    const { status, body } = await shop.psp.tokenize('failsLuhn');
    assert.equal(status, 402);
    assert.equal((body as { error: { code: string } }).error.code, 'invalid_number');
  });

  it('does not take a token twice', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
    const first = await who.orders.placeOrder(order);
    assert.equal((await settleOrder(shop, who, first.orderId)).payment, 'paid');
    const other = await createGuest(shop, 'REST');
    const stolen = await prepareOrder(other, { psp: shop.psp, sku: 'LAMP-1' });
    const second = await other.orders.placeOrder({ ...stolen, paymentToken: order.paymentToken });
    const failed = await settleOrder(shop, other, second.orderId);
    assert.equal(failed.state, 'failed');
    assert.deepEqual(await kindsOf(failed.paymentId), []);
  });

  for (const via of VIAS) {
    it(`waits for 3-D Secure, and sells when the customer approves, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      assert.equal(asked.state, 'pending');
      assert.equal(asked.payment, 'actionRequired');
      assert.deepEqual(await kindsOf(asked.paymentId), []);
      const refusal = await refusalOf(who.orders.placeOrder(order));
      assert.equal(refusal.code, 'CheckoutOpen');
      assert.deepEqual(refusal.data, { orderId });
      await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
      const paid = await settleOrder(shop, who, orderId);
      assert.equal(paid.payment, 'paid');
      assert.equal(paid.nextAction, undefined);
      assert.deepEqual(await kindsOf(paid.paymentId), ['authorized', 'captured']);
    });

    it(`sells nothing when the customer refuses at 3-D Secure, over ${via}`, async () => {
      const stock = await stockOf(shop, 'LAMP-1');
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      await shop.psp.decide(asked.nextAction?.url ?? '', 'refuse');
      const failed = await settleOrder(shop, who, orderId);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.failureReason, 'PaymentDeclined');
      assert.deepEqual(await stockOf(shop, 'LAMP-1'), stock);
      assert.equal((await who.cart.getCart()).lines.length, 1);
      assert.deepEqual(await kindsOf(failed.paymentId), ['declined']);
    });
  }

  it('that will be disputed pay like any other', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'disputed' });
    const { orderId } = await who.orders.placeOrder(order);
    const paid = await settleOrder(shop, who, orderId);
    assert.equal(paid.payment, 'paid');
    const kinds = await kindsOf(paid.paymentId);
    assert.deepEqual(kinds.slice(0, 2), ['authorized', 'captured']);
  });

  it('leaves every invariant as it was', () => assertHolds(shop));
});
