import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { FAULT_FOR_MAX_MS } from '../../systems/shop/faults/catalogue.ts';
import { sell } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createGuest,
  eventually,
  openSagas,
  prepareOrder,
  settleOrder,
  waitForOrder,
} from './kit/shopper.ts';

const BUYERS = 8;

describe('a shop whose events are in trouble', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 1000 });
  });
  afterEach(() => {
    for (const { name } of shop.faults.list()) shop.faults.off(name);
  });
  after(() => shop.stop());

  const hitsOf = (name: 'events.lag' | 'events.redeliver' | 'events.poison') =>
    shop.faults.find(name)?.hits ?? 0;
  const buyMany = (card: 'works' | 'challenge') =>
    Promise.all(
      Array.from({ length: BUYERS }, async (_each, index) => {
        const who = await createGuest(shop, VIAS[index % VIAS.length] ?? 'REST');
        const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card });
        const { orderId } = await who.orders.placeOrder(order);
        if (card === 'works') return { who, orderId };
        const asked = await waitForOrder(who, orderId);
        await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
        return { who, orderId };
      }),
    );
  const assertPaid = async (bought: Awaited<ReturnType<typeof buyMany>>) => {
    for (const { who, orderId } of bought) {
      const order = await settleOrder(shop, who, orderId);
      assert.deepEqual([order.state, order.payment], ['confirmed', 'paid']);
    }
  };

  for (const via of VIAS) {
    it(`shows a customer their own writes at once though events are far behind, over ${via}`, async () => {
      shop.faults.on('events.lag', { ms: 25_000 }, FAULT_FOR_MAX_MS);
      const who = await createGuest(shop, via);
      const added = await who.cart.addItem({ sku: 'LAMP-1', quantity: 2 });
      assert.deepEqual(await who.cart.getCart(), added);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const { orderId } = await who.orders.placeOrder(order);
      const ids = (await who.orders.listOrders()).items.map((item) => item.orderId);
      assert.deepEqual(ids, [orderId]);
      assert.equal((await who.orders.getOrder({ orderId })).orderId, orderId);
      assert.equal((await settleOrder(shop, who, orderId)).payment, 'paid');
      assert.deepEqual((await who.cart.getCart()).lines, []);
      const cancelled = await who.orders.cancelOrder({ orderId });
      assert.equal(cancelled.cancellationRequested, true);
      assert.equal((await settleOrder(shop, who, orderId)).payment, 'refunded');
    });
  }

  it('sells after 3-D Secure though the word of it comes late', async () => {
    shop.faults.on('events.lag', { ms: 25_000, service: 'orders' }, FAULT_FOR_MAX_MS);
    await assertPaid(await buyMany('challenge'));
  });

  it('has one effect of an event that comes again after its effect was rolled back', async () => {
    shop.faults.on('events.redeliver', { count: 6 }, FAULT_FOR_MAX_MS);
    await assertPaid(await buyMany('challenge'));
    await eventually(
      async () => hitsOf('events.redeliver'),
      (hits) => hits === 6,
    );
    shop.faults.off('events.redeliver');
    await assertHolds(shop);
  });

  it('sets a poisonous event aside, and the orders of all others go on', async () => {
    shop.faults.on('events.poison', { service: 'orders' }, FAULT_FOR_MAX_MS);
    await assertPaid(await buyMany('challenge'));
    assert.ok(hitsOf('events.poison') > 0, 'no event was poisoned');
  });

  it('has lost nothing and doubled nothing when the trouble is over', async () => {
    await eventually(
      () => openSagas(shop),
      (open) => open.size === 0,
    );
    await assertHolds(shop);
  });
});
