import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { VIAS } from './kit/shop.ts';
import { type ShopToKill, startShopToKill } from './kit/shop-to-kill.ts';
import {
  createGuest,
  eventually,
  openSagas,
  prepareOrder,
  type Shopper,
  toShopper,
} from './kit/shopper.ts';

const PIECES = 100;
const BUYERS = 8;
/** Each costs a start. */
const KILLS = 3;

describe('a shop whose process is killed', () => {
  let shop: ShopToKill;
  let sold = 0;
  before(async () => {
    shop = await startShopToKill();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: PIECES });
  });
  after(() => shop.stop());

  const prepareBuyers = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_each, index) => {
        const who = await createGuest(shop, VIAS[index % VIAS.length] ?? 'REST');
        const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
        return { who, order, key: randomUUID() };
      }),
    );

  /** Each of these has one order, paid once; the stock and the provider say the same. */
  const assertSoldOnce = async (buyers: readonly Shopper[]) => {
    await eventually(
      () => openSagas(shop),
      (open) => open.size === 0,
    );
    for (const buyer of buyers) {
      const { orders, cart } = await toShopper(shop, buyer.via, buyer);
      const { items } = await orders.listOrders();
      assert.equal(items.length, 1);
      const order = await orders.getOrder({ orderId: items[0]?.orderId ?? '' });
      assert.deepEqual([order.state, order.payment], ['confirmed', 'paid']);
      assert.deepEqual((await cart.getCart()).lines, []);
      const charges = await shop.psp.ledgerOf(order.paymentId ?? '');
      assert.deepEqual(
        charges.map((line) => [line.kind, line.amount]),
        [
          ['authorized', order.total.amount],
          ['captured', order.total.amount],
        ],
      );
    }
    sold += buyers.length;
    assert.deepEqual(await stockOf(shop, 'LAMP-1'), { onHand: PIECES - sold, reserved: 0 });
  };

  it('carries on what it has answered with 201, and charges nobody twice', async () => {
    const buyers = await prepareBuyers(BUYERS);
    const placed = await Promise.all(
      buyers.map(({ who, order, key }) => who.orders.placeOrder(order, { key })),
    );
    await shop.kill();
    await shop.start();
    for (const [index, { who, order, key }] of buyers.entries()) {
      const again = await toShopper(shop, who.via, who);
      assert.deepEqual(await again.orders.placeOrder(order, { key }), placed[index]);
    }
    await assertSoldOnce(buyers.map(({ who }) => who));
  });

  it('has one order for one key when the answer was lost, wherever it was struck', async () => {
    const buyers = await prepareBuyers(BUYERS);
    const calls = buyers.map(({ who, order, key }) => who.orders.placeOrder(order, { key }));
    // The first answer is the sign; the others are somewhere between cart, store and reply.
    const outcomes = Promise.allSettled(calls);
    await Promise.any(calls);
    await shop.kill();
    const known = await outcomes;
    await shop.start();
    for (const [index, { who, order, key }] of buyers.entries()) {
      const again = await toShopper(shop, who.via, who);
      const answer = await again.orders.placeOrder(order, { key });
      const first = known[index];
      if (first?.status === 'fulfilled') assert.deepEqual(answer, first.value);
    }
    await assertSoldOnce(buyers.map(({ who }) => who));
  });

  it('carries on though it is killed again and again', async () => {
    const buyers = await prepareBuyers(KILLS);
    for (const { who, order, key } of buyers) {
      const again = await toShopper(shop, who.via, who);
      await again.orders.placeOrder(order, { key });
      await shop.kill();
      await shop.start();
    }
    await assertSoldOnce(buyers.map(({ who }) => who));
  });

  it('leaves every invariant as it was', () => assertHolds(shop));
});
