import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { Refusal, refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createGuest,
  PASSWORD,
  prepareOrder,
  quoteOrder,
  type Shopper,
  settleOrder,
  toShopper,
} from './kit/shopper.ts';

describe('the same idempotency key', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    const prices = { EUR: 2990 };
    await sell(shop, { sku: 'LAMP-1', prices, pieces: 1000 }, { sku: 'LAMP-2', prices, pieces: 1 });
  });
  after(() => shop.stop());

  const chargesOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);
  const again = (who: Shopper) => toShopper(shop, who.via, who);

  for (const via of VIAS) {
    it(`gives an order once and the same answer each time, also after a restart, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const key = randomUUID();
      const placed = await who.orders.placeOrder(order, { key });
      assert.deepEqual(await who.orders.placeOrder(order, { key }), placed);
      const paid = await settleOrder(shop, who, placed.orderId);
      assert.equal(paid.payment, 'paid');
      // The answer of then, not the state of now.
      assert.deepEqual(await who.orders.placeOrder(order, { key }), placed);
      await shop.restart();
      const later = await again(who);
      assert.deepEqual(await later.orders.placeOrder(order, { key }), placed);
      assert.equal((await later.orders.listOrders()).items.length, 1);
      assert.deepEqual(await chargesOf(paid.paymentId), ['authorized', 'captured']);
    });

    it(`has one effect when it comes eight times at once over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          who.orders.placeOrder(order, { key }).catch((problem: unknown) => {
            if (!(problem instanceof Refusal)) throw problem;
            assert.equal(problem.code, 'key-in-flight');
            if (via === 'REST') assert.equal(problem.reply.status, 409);
            return undefined;
          }),
        ),
      );
      const placed = answers.filter((answer) => answer !== undefined);
      assert.ok(placed.length >= 1);
      for (const answer of placed) assert.deepEqual(answer, placed[0]);
      assert.deepEqual(await who.orders.placeOrder(order, { key }), placed[0]);
      const { items } = await who.orders.listOrders();
      assert.equal(items.length, 1);
      const paid = await settleOrder(shop, who, items[0]?.orderId ?? '');
      assert.deepEqual(await chargesOf(paid.paymentId), ['authorized', 'captured']);
    });

    it(`is refused with another body over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const key = randomUUID();
      const cart = await who.cart.addItem({ sku: 'LAMP-1', quantity: 1 }, { key });
      const refusal = await refusalOf(who.cart.addItem({ sku: 'LAMP-1', quantity: 2 }, { key }));
      assert.equal(refusal.code, 'key-mismatch');
      if (via === 'REST') assert.equal(refusal.reply.status, 422);
      assert.deepEqual((await who.cart.getCart()).lines, cart.lines);
    });

    it(`is another key in the hand of another caller over ${via}`, async () => {
      const key = randomUUID();
      const [ada, bob] = [await createGuest(shop, via), await createGuest(shop, via)];
      const adas = await ada.cart.addItem({ sku: 'LAMP-1', quantity: 1 }, { key });
      const bobs = await bob.cart.addItem({ sku: 'LAMP-1', quantity: 1 }, { key });
      assert.notEqual(adas.cartId, bobs.cartId);
      const orders = [];
      for (const who of [ada, bob]) {
        const order = await quoteOrder(who, { psp: shop.psp });
        orders.push(await who.orders.placeOrder(order, { key }));
      }
      assert.notEqual(orders[0]?.orderId, orders[1]?.orderId);
    });

    it(`repeats a refusal as well over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const key = randomUUID();
      const unknown = { sku: 'UNKNOWN-1', quantity: 1 };
      const first = await refusalOf(who.cart.addItem(unknown, { key }));
      assert.equal(first.code, 'NotSold');
      await sell(shop, { sku: `UNKNOWN-1${via}`, prices: { EUR: 1 }, pieces: 1 });
      const second = await refusalOf(who.cart.addItem(unknown, { key }));
      assert.deepEqual([second.code, second.data], [first.code, first.data]);
    });
  }

  it('means one call, whichever binding it comes through', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
    const key = randomUUID();
    const placed = await who.orders.placeOrder(order, { key });
    const soap = await toShopper(shop, 'SOAP', who);
    assert.deepEqual(await soap.orders.placeOrder(order, { key }), placed);
  });

  it('books goods once for a consumer, and for nobody else', async () => {
    const key = randomUUID();
    // Nobody orders it: orders of the tests before may still be on their way out.
    const lines = [{ sku: 'LAMP-2', quantity: 5 }];
    const as = shop.consumers.staff;
    const receipts = [];
    for (const via of [...VIAS, ...VIAS]) {
      const inventory = await shop.calls(Inventory, { via, as });
      receipts.push(await inventory.receive({ lines }, { key }));
    }
    for (const receipt of receipts) assert.deepEqual(receipt, receipts[0]);
    assert.equal((await stockOf(shop, 'LAMP-2'))?.onHand, 1 + 5);
  });

  it('opens one account for one who is not signed in', async () => {
    const email = `${randomUUID()}@example.com`;
    const key = randomUUID();
    const identity = await shop.calls(Identity, { via: 'REST' });
    const account = await identity.register({ email, password: PASSWORD }, { key });
    assert.deepEqual(await identity.register({ email, password: PASSWORD }, { key }), account);
    const taken = await refusalOf(identity.register({ email, password: PASSWORD }));
    assert.equal(taken.code, 'EmailTaken');
  });

  it('is asked for by what is done once', async () => {
    const who = await createGuest(shop, 'REST');
    const response = await fetch(`${shop.origin}/cart/v1/mine/items`, {
      method: 'POST',
      headers: { ...who.as, 'content-type': 'application/json' },
      body: JSON.stringify({ sku: 'LAMP-1', quantity: 1 }),
    });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { code: string }).code, 'key-missing');
  });

  it('leaves every invariant as it was', () => assertHolds(shop));
});
