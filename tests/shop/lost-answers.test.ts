import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { Payments } from '../../systems/shop/contracts/payments.ts';
import { refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createGuest,
  eventually,
  openSagas,
  prepareOrder,
  quoteOrder,
  settleOrder,
  waitForOrder,
} from './kit/shopper.ts';

const FAULTS = ['timeout-after-success', 'lost-request', 'error', 'down'] as const;
const EVENT_FAULTS = [
  'webhook-duplicate',
  'webhook-early',
  'webhook-late',
  'webhook-reordered',
  'webhook-forged',
  'webhook-replayed',
  'webhook-lost',
] as const;

describe('a payment provider that fails', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 100 });
  });
  after(() => shop.stop());

  const kindsOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);

  for (const [index, fault] of FAULTS.entries()) {
    const via = VIAS[index % VIAS.length] ?? 'REST';
    it(`is asked what it did, and charges once, after "${fault}" (${via})`, async () => {
      const stock = await stockOf(shop, 'LAMP-1');
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      await shop.psp.fail(fault);
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      assert.equal(asked.payment, 'actionRequired');
      // The next request that moves money is the capture.
      await shop.psp.fail(fault);
      await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
      const paid = await settleOrder(shop, who, orderId);
      assert.deepEqual([paid.state, paid.payment], ['confirmed', 'paid']);
      assert.deepEqual(await kindsOf(paid.paymentId), ['authorized', 'captured']);
      assert.equal((await stockOf(shop, 'LAMP-1'))?.onHand, (stock?.onHand ?? 0) - 1);
    });
  }

  for (const [index, fault] of EVENT_FAULTS.entries()) {
    const via = VIAS[index % VIAS.length] ?? 'REST';
    it(`sells once whatever comes of its events: "${fault}" (${via})`, async () => {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      // From the first event on: that a customer is asked is told as well.
      await shop.psp.fail(fault, 10);
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
      const paid = await settleOrder(shop, who, orderId);
      assert.deepEqual([paid.state, paid.payment], ['confirmed', 'paid']);
      assert.deepEqual(await kindsOf(paid.paymentId), ['authorized', 'captured']);
      const staff = await shop.calls(Orders, { via, as: shop.consumers.staff });
      const moves = (await staff.getHistory({ orderId })).items.map((line) => line.to);
      const expected = ['pending', 'actionRequired', 'authorized', 'confirmed', 'paid'];
      assert.deepEqual(moves, expected);
    });
  }

  it('is asked by the shop itself when the customer has paid and closed the browser', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
    const { orderId } = await who.orders.placeOrder(order);
    const asked = await waitForOrder(who, orderId);
    await shop.psp.fail('webhook-lost', 10);
    await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
    // Nobody looks at the order: neither its customer nor a webhook.
    await eventually(
      () => openSagas(shop),
      (open) => !open.has(orderId),
    );
    assert.equal((await who.orders.getOrder({ orderId })).payment, 'paid');
    await shop.psp.mend();
  });

  it('moves an order once when the customer comes back as the webhook arrives', async () => {
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    for (const via of VIAS) {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      await shop.psp.fail('webhook-duplicate', 2);
      await Promise.all([
        shop.psp.decide(asked.nextAction?.url ?? '', 'approve'),
        ...Array.from({ length: 6 }, () => who.orders.getOrder({ orderId, wait: 1 })),
      ]);
      const paid = await settleOrder(shop, who, orderId);
      assert.deepEqual(await kindsOf(paid.paymentId), ['authorized', 'captured']);
      const moves = (await staff.getHistory({ orderId })).items.map((line) => line.to);
      assert.deepEqual(moves, ['pending', 'actionRequired', 'authorized', 'confirmed', 'paid']);
    }
  });

  it('is believed only when its event is signed, new and its own', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
    const { orderId } = await who.orders.placeOrder(order);
    const asked = await waitForOrder(who, orderId);
    const anybody = await shop.calls(Payments, { via: 'REST' });
    const staff = await shop.calls(Payments, { via: 'REST', as: shop.consumers.staff });
    const paymentId = asked.paymentId ?? '';
    const payment = await staff.getPayment({ paymentId });
    const send = (lateMs: number, change: object = {}) => {
      const data = { paymentId: payment.providerReference, reference: paymentId };
      const event = { type: 'payment.authorized', timestamp: new Date().toISOString(), data };
      const signed = shop.psp.sign(event, lateMs);
      return anybody.receiveProviderEvent({
        provider: 'sandbox',
        payload: Buffer.from(signed.body).toString('base64'),
        webhookId: signed.id,
        webhookTimestamp: signed.timestamp,
        webhookSignature: signed.signature,
        ...change,
      });
    };
    const other = Buffer.from(JSON.stringify({ type: 'payment.captured' })).toString('base64');
    for (const [lateMs, change] of [
      [301_000, {}],
      [-301_000, {}],
      [0, { payload: other }],
      [0, { webhookId: 'evt_other' }],
      [0, { webhookSignature: 'v1,AAAA' }],
      [0, { provider: 'stripe' }],
    ] as const) {
      assert.equal((await refusalOf(send(lateMs, change))).code, 'BadSignature');
    }
    // Signed, and told too early: the provider itself says that nothing is authorized yet.
    await send(0);
    assert.equal((await staff.getPayment({ paymentId })).state, 'actionRequired');
    assert.equal((await who.orders.getOrder({ orderId })).state, 'pending');
    await who.orders.cancelOrder({ orderId });
    const ended = await settleOrder(shop, who, orderId);
    assert.equal(ended.state, 'cancelled');
    assert.ok(!(await openSagas(shop)).has(orderId));
    const again = await who.orders.placeOrder(await quoteOrder(who, { psp: shop.psp }));
    await settleOrder(shop, who, again.orderId);
  });

  it('leaves every invariant as it was', () => assertHolds(shop));
});
