import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../systems/shop/contracts/catalog.ts';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { Refusal, refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createCustomer,
  createGuest,
  eventually,
  openSagas,
  prepareOrder,
  quoteOrder,
  settleOrder,
  toShopper,
  waitForOrder,
} from './kit/shopper.ts';

describe('a checkout while other things happen', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(
      shop,
      { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 1000 },
      { sku: 'LAMP-2', prices: { EUR: 990 }, pieces: 1000 },
      { sku: 'DEAR-1', prices: { EUR: 2000 }, pieces: 100 },
      { sku: 'GONE-1', prices: { EUR: 2000 }, pieces: 100 },
      { sku: 'FEW-1', prices: { EUR: 2000 }, pieces: 2 },
    );
  });
  after(() => shop.stop());

  const staffOrders = () => shop.calls(Orders, { via: 'SOAP', as: shop.consumers.staff });
  const kindsOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);
  const stockNow = async (sku: string) => (await stockOf(shop, sku)) ?? { onHand: 0, reserved: 0 };

  for (const via of VIAS) {
    it(`places one order for one cart version, however many keys ask for it, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const tab = await toShopper(shop, via === 'REST' ? 'SOAP' : 'REST', who);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const answers = await Promise.all(
        [who, tab, who, tab].map((window) =>
          window.orders.placeOrder(order).then(
            (placed) => ({ code: 'placed', orderId: placed.orderId }),
            (problem: unknown) => {
              if (!(problem instanceof Refusal)) throw problem;
              const { orderId } = problem.data as { orderId?: string };
              return { code: problem.code, orderId };
            },
          ),
        ),
      );
      const placed = answers.filter(({ code }) => code === 'placed');
      assert.equal(placed.length, 1, JSON.stringify(answers));
      const orderId = placed[0]?.orderId ?? '';
      for (const { code, orderId: told } of answers) {
        if (code === 'placed') continue;
        assert.match(code, /^(CheckoutOpen|CartChanged|CartEmpty)$/);
        if (code === 'CheckoutOpen') assert.equal(told, orderId);
      }
      await settleOrder(shop, who, orderId);
      // The cart is closed now: the same click once more finds it changed.
      const late = await refusalOf(tab.orders.placeOrder(order));
      assert.match(late.code, /^(CartChanged|CartEmpty)$/);
      assert.equal((await who.orders.listOrders()).items.length, 1);
    });

    it(`leaves what comes into the cart meanwhile out of the order, and in the cart, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      await who.cart.addItem({ sku: 'LAMP-2', quantity: 2 });
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      const { orderId } = await who.orders.placeOrder(order);
      const asked = await waitForOrder(who, orderId);
      await who.cart.addItem({ sku: 'DEAR-1', quantity: 1 });
      await who.cart.addItem({ sku: 'LAMP-1', quantity: 4 });
      await who.cart.removeItem({ sku: 'LAMP-2' });
      await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
      const paid = await settleOrder(shop, who, orderId);
      assert.equal(paid.payment, 'paid');
      const sold = paid.lines.map((line) => [line.sku, line.quantity]).sort();
      assert.deepEqual(sold, [
        ['LAMP-1', 1],
        ['LAMP-2', 2],
      ]);
      const left = (await who.cart.getCart()).lines.map((line) => [line.sku, line.quantity]).sort();
      assert.deepEqual(left, [
        ['DEAR-1', 1],
        ['LAMP-1', 4],
      ]);
    });

    it(`asks to look again at a cart that is not the one that was seen, over ${via}`, async () => {
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      // The same things at the same price, and yet another cart.
      await who.cart.addItem({ sku: 'LAMP-2', quantity: 1 });
      const { version } = await who.cart.removeItem({ sku: 'LAMP-2' });
      const refusal = await refusalOf(who.orders.placeOrder(order));
      assert.equal(refusal.code, 'CartChanged');
      assert.deepEqual(refusal.data, { version });
      assert.deepEqual((await who.orders.listOrders()).items, []);
    });

    it(`asks again when the price has changed since the quote, over ${via}`, async () => {
      const sku = `RAISED-${via}`;
      await sell(shop, { sku, prices: { EUR: 2000 }, pieces: 10 });
      const who = await createGuest(shop, via);
      const order = await prepareOrder(who, { psp: shop.psp, sku });
      const staff = await shop.calls(Catalog, { via, as: shop.consumers.staff });
      await staff.putPrice({ sku, currency: 'EUR', amount: 2500 });
      const refusal = await refusalOf(who.orders.placeOrder(order));
      assert.equal(refusal.code, 'PriceChanged');
      const euros = (amount: number) => ({ amount, currency: 'EUR' });
      assert.deepEqual(refusal.data, {
        lines: [{ sku, expected: euros(2000), actual: euros(2500) }],
        expected: euros(2490),
        actual: euros(2990),
      });
      const accepted = await quoteOrder(who, { psp: shop.psp });
      const { orderId } = await who.orders.placeOrder(accepted);
      await settleOrder(shop, who, orderId);
      // What was sold stays as it was sold.
      await staff.putPrice({ sku, currency: 'EUR', amount: 9900 });
      const order2 = await who.orders.getOrder({ orderId });
      assert.deepEqual(order2.lines[0]?.unitPrice, euros(2500));
      assert.deepEqual(order2.total, euros(2990));
    });
  }

  it('is refused for what is not sold any more', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'GONE-1' });
    const staff = await shop.calls(Catalog, { via: 'REST', as: shop.consumers.staff });
    const { productId, version } = await staff.getProduct({ productId: 'gone-1' });
    await staff.retireProduct({ productId, version });
    const refusal = await refusalOf(who.orders.placeOrder(order));
    assert.equal(refusal.code, 'NotSold');
    assert.deepEqual(refusal.data, { sku: 'GONE-1' });
  });

  it('keeps staff from taking promised pieces off the stock', async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'FEW-1', card: 'challenge' });
    const { orderId } = await who.orders.placeOrder(order);
    const asked = await waitForOrder(who, orderId);
    for (const via of VIAS) {
      const staff = await shop.calls(Inventory, { via, as: shop.consumers.staff });
      const lost = { sku: 'FEW-1', difference: -2, reason: 'loss' } as const;
      const refusal = await refusalOf(staff.adjust(lost));
      assert.equal(refusal.code, 'BelowReserved');
      assert.deepEqual(refusal.data, { sku: 'FEW-1', onHand: 2, reserved: 1 });
    }
    await shop.psp.decide(asked.nextAction?.url ?? '', 'approve');
    assert.equal((await settleOrder(shop, who, orderId)).payment, 'paid');
    assert.deepEqual(await stockOf(shop, 'FEW-1'), { onHand: 1, reserved: 0 });
  });

  it('that is cancelled four times at once is cancelled once, with all money back', async () => {
    const stock = await stockNow('LAMP-1');
    const who = await createGuest(shop, 'REST');
    const soap = await toShopper(shop, 'SOAP', who);
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
    const { orderId } = await who.orders.placeOrder(order);
    await settleOrder(shop, who, orderId);
    await Promise.all([who, soap, who, soap].map((each) => each.orders.cancelOrder({ orderId })));
    const cancelled = await settleOrder(shop, who, orderId);
    assert.deepEqual([cancelled.state, cancelled.payment], ['cancelled', 'refunded']);
    assert.deepEqual(await kindsOf(cancelled.paymentId), ['authorized', 'captured', 'refunded']);
    assert.deepEqual(await stockNow('LAMP-1'), stock);
  });

  it('that is cancelled on its way ends cancelled, and money and stock agree', async () => {
    const stock = await stockNow('LAMP-1');
    const ends = await Promise.all(
      Array.from({ length: 12 }, async (_each, index) => {
        const who = await createGuest(shop, VIAS[index % VIAS.length] ?? 'REST');
        const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
        const { orderId } = await who.orders.placeOrder(order);
        // Some at once, some after so many looks: before and after the pivot.
        for (let looks = 0; looks < index; looks += 1) await who.orders.getOrder({ orderId });
        await who.orders.cancelOrder({ orderId });
        return { who, orderId };
      }),
    );
    await eventually(
      () => openSagas(shop),
      (open) => open.size === 0,
    );
    for (const { who, orderId } of ends) {
      const order = await who.orders.getOrder({ orderId });
      assert.equal(order.state, 'cancelled');
      const kinds = await kindsOf(order.paymentId);
      const complete = [[], ['authorized', 'voided'], ['authorized', 'captured', 'refunded']];
      assert.ok(
        complete.some((each) => String(each) === String(kinds)),
        `${kinds} of an order with payment ${order.payment}`,
      );
    }
    assert.deepEqual(await stockNow('LAMP-1'), stock);
  });

  it('lets one of shipping and cancelling win', async () => {
    for (let round = 0; round < 6; round += 1) {
      const who = await createGuest(shop, VIAS[round % VIAS.length] ?? 'REST');
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const { orderId } = await who.orders.placeOrder(order);
      await settleOrder(shop, who, orderId);
      const staff = await staffOrders();
      const codeOf = (call: Promise<unknown>) =>
        call.then(
          () => 'done',
          (problem: unknown) => (problem as Refusal).code,
        );
      const attempts = [
        () => codeOf(staff.shipOrder({ orderId, carrier: 'post' })),
        () => codeOf(who.orders.cancelOrder({ orderId })),
      ];
      if (round % 2 === 1) attempts.reverse();
      const codes = await Promise.all(attempts.map((attempt) => attempt()));
      if (round % 2 === 1) codes.reverse();
      const ended = await settleOrder(shop, who, orderId);
      const shipped = codes[0] === 'done';
      assert.deepEqual(codes, shipped ? ['done', 'NotCancellable'] : ['NotShippable', 'done']);
      assert.deepEqual(
        [ended.state, ended.payment, ended.fulfilment],
        shipped ? ['confirmed', 'paid', 'shipped'] : ['cancelled', 'refunded', 'open'],
      );
    }
  });

  it("shows nothing of an account to a guest with the account's address", async () => {
    const owner = await createCustomer(shop, 'REST');
    const order = await prepareOrder(owner, { psp: shop.psp, sku: 'LAMP-1' });
    const contact = { name: 'Ada', email: 'same@example.com' };
    const mine = await owner.orders.placeOrder({ ...order, contact });
    const guest = await createGuest(shop, 'REST');
    const other = await prepareOrder(guest, { psp: shop.psp, sku: 'LAMP-1' });
    const theirs = await guest.orders.placeOrder({ ...other, contact });
    const idsOf = async (who: typeof guest) =>
      (await who.orders.listOrders()).items.map((item) => item.orderId);
    assert.deepEqual(await idsOf(guest), [theirs.orderId]);
    assert.deepEqual(await idsOf(owner), [mine.orderId]);
    await settleOrder(shop, owner, mine.orderId);
    await settleOrder(shop, guest, theirs.orderId);
  });

  it('leaves no error in the log', () => {
    assert.deepEqual(
      shop.lines.filter((line) => line.level === 'error'),
      [],
    );
  });

  it('leaves every invariant as it was', () => assertHolds(shop));
});
