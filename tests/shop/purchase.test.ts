import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../systems/shop/contracts/catalog.ts';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { sell, stockOf } from './kit/goods.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { ADDRESS, PASSWORD, settleOrder, toShopper, waitForOrder } from './kit/shopper.ts';

describe('a whole purchase', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: 'LANTERN-1', prices: { EUR: 2990 }, pieces: 50 });
  });
  after(() => shop.stop());

  for (const via of VIAS) {
    it(`goes from the search to a paid order over ${via}`, async () => {
      const before = await stockOf(shop, 'LANTERN-1');
      const email = `${randomUUID()}@example.com`;
      const identity = await shop.calls(Identity, { via });
      const account = await identity.register({ email, password: PASSWORD });
      const tokens = await identity.signIn({ email, password: PASSWORD });
      assert.equal(tokens.subject, account.accountId);

      const catalog = await shop.calls(Catalog, { via });
      const found = await catalog.listProducts({ q: 'lamp lantern' });
      const sku = found.items[0]?.skus[0] ?? '';
      const inventory = await shop.calls(Inventory, { via });
      assert.equal((await inventory.getStock({ sku })).level, 'in');

      const who = await toShopper(shop, via, tokens);
      await who.cart.addItem({ sku, quantity: 2 });
      const quote = await who.orders.getQuote({ country: 'DE' });
      assert.deepEqual(quote.total, { amount: 2 * 2990 + 490, currency: 'EUR' });
      const placed = await who.orders.placeOrder({
        cartVersion: quote.cartVersion,
        expectedTotal: quote.total,
        contact: { name: 'Ada Lindqvist', email },
        shippingAddress: ADDRESS,
        paymentToken: await shop.psp.tokenOf('works'),
      });
      assert.equal(placed.state, 'pending');
      const { orderId } = placed;
      assert.equal((await waitForOrder(who, orderId)).state, 'confirmed');

      const order = await settleOrder(shop, who, orderId);
      assert.equal(order.state, 'confirmed');
      assert.equal(order.payment, 'paid');
      assert.deepEqual(order.total, quote.total);
      assert.deepEqual((await who.cart.getCart()).lines, []);
      const listed = await who.orders.listOrders();
      assert.deepEqual(
        listed.items.map((item) => item.orderId),
        [orderId],
      );
      assert.deepEqual(await stockOf(shop, sku), {
        onHand: (before?.onHand ?? 0) - 2,
        reserved: 0,
      });
      const ledger = await shop.psp.ledgerOf(order.paymentId ?? '');
      assert.deepEqual(
        ledger.map((line) => [line.kind, line.amount, line.currency]),
        [
          ['authorized', quote.total.amount, 'EUR'],
          ['captured', quote.total.amount, 'EUR'],
        ],
      );
    });
  }

  it('leaves no error in the log', () => {
    assert.deepEqual(
      shop.lines.filter((line) => line.level === 'error'),
      [],
    );
  });
});
