import assert from 'node:assert/strict';
import { Orders } from '../../../systems/shop/contracts/orders.ts';
import { Payments } from '../../../systems/shop/contracts/payments.ts';
import { refusalOf } from './client.ts';
import type { TestShop } from './shop.ts';
import { createGuest, eventually, prepareOrder, settleOrder } from './shopper.ts';
import type { Via } from './transport.ts';

/** Every operation of orders: one order goes all the way and back, another is cancelled. */
export async function walkOrders(shop: TestShop, via: Via, sku: string): Promise<void> {
  const staff = await shop.calls(Orders, { via, as: shop.consumers.staff });
  const buy = async () => {
    const who = await createGuest(shop, via);
    const order = await prepareOrder(who, { psp: shop.psp, sku, quantity: 2 });
    const { orderId } = await who.orders.placeOrder(order);
    assert.equal((await settleOrder(shop, who, orderId)).payment, 'paid');
    assert.equal((await who.orders.listOrders({ state: 'confirmed' })).items.length, 1);
    return { who, orderId };
  };
  const { who, orderId } = await buy();
  const { shipmentId } = await staff.shipOrder({ orderId, carrier: 'Northern Parcel' });
  await staff.confirmDelivery({ orderId, shipmentId });
  assert.equal((await who.orders.getOrder({ orderId })).state, 'completed');
  await staff.acceptReturn({ orderId, lines: [{ sku, quantity: 1 }], restock: true });
  const amount = { amount: 1000, currency: 'EUR' as const };
  await staff.refundOrder({ orderId, amount, reason: 'returned' });
  const back = await settleOrder(shop, who, orderId);
  assert.deepEqual(
    [back.payment, back.fulfilment, back.refunded],
    ['partlyRefunded', 'partlyReturned', amount],
  );
  const history = await staff.getHistory({ orderId });
  assert.ok(history.items.some((line) => line.to === 'partlyRefunded'));
  const found = await staff.searchOrders({ fulfilment: 'partlyReturned' });
  assert.ok(found.items.some((item) => item.orderId === orderId));
  const other = await buy();
  await other.who.orders.cancelOrder({ orderId: other.orderId, reason: 'changed my mind' });
  const cancelled = await settleOrder(shop, other.who, other.orderId);
  assert.deepEqual([cancelled.state, cancelled.payment], ['cancelled', 'refunded']);
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
}

/** Every operation of payments. The daily comparison must have run on the clock of `now`. */
export async function walkPayments(shop: TestShop, via: Via, now: number): Promise<void> {
  const anybody = await shop.calls(Payments, { via });
  const staff = await shop.calls(Payments, { via, as: shop.consumers.staff });
  assert.equal((await anybody.getPaymentConfig()).tokenUrl, `${shop.psp.url}/tokens`);
  const { items } = await staff.listPayments({ state: 'refunded' });
  const { paymentId, providerReference } = items[0] ?? { paymentId: '' };
  const payment = await staff.getPayment({ paymentId });
  assert.equal(payment.captured.amount, payment.refunded.amount);
  const event = shop.psp.sign({
    type: 'payment.captured',
    timestamp: new Date(now).toISOString(),
    data: { paymentId: providerReference, reference: paymentId, state: 'captured' },
  });
  const sent = {
    provider: 'sandbox',
    payload: Buffer.from(event.body).toString('base64'),
    webhookId: event.id,
    webhookTimestamp: event.timestamp,
    webhookSignature: event.signature,
  };
  await anybody.receiveProviderEvent(sent);
  const forged = { ...sent, webhookSignature: `v1,${'A'.repeat(43)}=` };
  assert.equal((await refusalOf(anybody.receiveProviderEvent(forged))).code, 'BadSignature');
  assert.deepEqual(await staff.getPayment({ paymentId }), payment);
  const date = new Date(now - 86_400_000).toISOString().slice(0, 10);
  const compared = await eventually(
    () => staff.getReconciliation({ date }).catch(() => undefined),
    (result) => result !== undefined,
  );
  assert.deepEqual(compared?.mismatches, []);
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
}
