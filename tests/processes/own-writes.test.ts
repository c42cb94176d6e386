import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sell } from '../shop/kit/goods.ts';
import { VIAS } from '../shop/kit/shop.ts';
import { createGuest, prepareOrder, settleOrder } from '../shop/kit/shopper.ts';
import { type SupervisedShop, startSupervisedShop } from './kit.ts';
import late from './late-shop.ts';

const SKU = 'LAMP-1';
/** More than there are replicas: one after the other answers. */
const READS = 9;

describe('own writes, read through three replicas while events are 25 s behind', () => {
  let shop: SupervisedShop;
  before(async () => {
    const groups = {
      edge: { gateway: true },
      cart: { services: ['cart'], replicas: 2 },
      orders: { services: ['orders'], replicas: 3 },
      others: { services: ['*'] },
    };
    const module = fileURLToPath(new URL('./late-shop.ts', import.meta.url));
    shop = await startSupervisedShop(groups, { module, system: late });
    await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: 1_000 });
    await shop.settled();
  });
  after(() => shop?.stop());

  /** What is read, so often that every replica has been asked. */
  const readings = <T>(read: () => Promise<T>): Promise<readonly T[]> =>
    Promise.all(Array.from({ length: READS }, read));

  for (const via of VIAS) {
    it(`shows a customer the cart and the order at once, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const added = await who.cart.addItem({ sku: SKU, quantity: 2 });
      for (const cart of await readings(() => who.cart.getCart())) assert.deepEqual(cart, added);
      const order = await prepareOrder(who, { psp: shop.psp, sku: SKU });
      const { orderId } = await who.orders.placeOrder(order);
      for (const { items } of await readings(() => who.orders.listOrders())) {
        assert.deepEqual(
          items.map((item) => item.orderId),
          [orderId],
        );
      }
      await readings(() => who.orders.getOrder({ orderId }));
      assert.equal((await settleOrder(shop, who, orderId)).payment, 'paid');
      for (const { payment } of await readings(() => who.orders.getOrder({ orderId })))
        assert.equal(payment, 'paid');
      for (const { lines } of await readings(() => who.cart.getCart())) assert.deepEqual(lines, []);
    });
  }
});
