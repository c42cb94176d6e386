import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Service } from '@portico/service';
import { Cart } from '../../contracts/cart.ts';
import { Catalog } from '../../contracts/catalog.ts';
import { Inventory } from '../../contracts/inventory.ts';
import {
  CartChanged,
  CheckoutOpen,
  NotCancellable,
  NotShippable,
  Orders,
  PriceChanged,
} from '../../contracts/orders.ts';
import { Payments, RefundTooLarge } from '../../contracts/payments.ts';
import { type Sandbox, startSandbox } from '../../sandbox-psp/server.ts';
import { cart } from '../cart/service.ts';
import { catalog } from '../catalog/service.ts';
import { startServices, type TestServices, withLateClock } from '../fixtures/test-services.ts';
import { identity } from '../identity/service.ts';
import { inventory } from '../inventory/service.ts';
import { payments } from '../payments/service.ts';
import { orders } from './service.ts';

const keys = { publishable: 'pk_test', secret: 'sk_test' };
const CARDS = {
  works: '4242424242424242',
  declined: '4000000000000002',
  challenge: '4000000000003220',
};

describe('orders', () => {
  let sandbox: Sandbox;
  let services: TestServices;
  let directory: string;
  let count = 0;
  let lateMs = 0;
  let holdsEnd = false;

  before(async () => {
    sandbox = await startSandbox({ file: ':memory:', keys }, 0);
    directory = mkdtempSync(join(tmpdir(), 'shop-'));
    await start();
    const staff = services.as(Catalog, 'user:acc_staff', 'catalog:write');
    await staff.putCategory({ categoryId: 'lamps', title: 'Lamps', position: 0 });
    await putLamp('LAMP-1', 2990);
    await putLamp('FREE-1', 0);
    await receive('LAMP-1', 1000);
    await receive('FREE-1', 10);
  });
  after(async () => {
    await services.stop();
    await sandbox.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async () => {
    const config = {
      provider: 'sandbox',
      sandbox: {
        url: sandbox.url,
        publishableKey: keys.publishable,
        secretKey: keys.secret,
        webhookSecret: 'whsec_AAAA',
      },
    };
    const all = [identity, catalog, withShortHolds(() => holdsEnd), cart, payments, orders];
    const host = withLateClock(() => lateMs);
    services = await startServices(all, { config: { payments: config }, directory, host });
  };
  const restart = async () => {
    await services.stop();
    await start();
  };

  const next = () => {
    count += 1;
    return count;
  };
  const key = () => ({ key: `key-${next()}` });
  const putLamp = async (sku: string, amount: number) => {
    const row = {
      slug: sku.toLowerCase(),
      title: `Lamp ${sku}`,
      description: 'A lamp.',
      categories: ['lamps'],
      taxClass: 'standard' as const,
      attributes: [],
      images: [],
      variants: [
        {
          sku,
          title: 'one',
          attributes: [],
          prices: [{ currency: 'EUR' as const, amount }],
        },
      ],
      publish: true,
    };
    const staff = services.as(Catalog, 'user:acc_staff', 'catalog:write');
    const { results } = await staff.importProducts({ rows: [row] }, key());
    assert.notEqual(results[0]?.outcome, 'refused', results[0]?.problem);
  };
  const receive = (sku: string, quantity: number) =>
    services
      .as(Inventory, 'user:acc_staff', 'stock:write')
      .receive({ lines: [{ sku, quantity }] }, key());
  const stockOf = async (sku: string) => {
    const auditor = services.as(Inventory, 'user:acc_auditor', 'shop:audit');
    const { items } = await auditor.exportFacts({ limit: 500 });
    const stock = items.find((fact) => fact.kind === 'stock' && fact.sku === sku);
    return stock?.kind === 'stock' ? [stock.onHand, stock.reserved] : undefined;
  };
  /** What can be promised: the same while an earlier order's pieces move from promised to gone. */
  const availableOf = async (sku: string) => {
    const [onHand = 0, reserved = 0] = (await stockOf(sku)) ?? [];
    return onHand - reserved;
  };
  const tokenOf = async (number: string) => {
    const reply = await fetch(`${sandbox.url}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.publishable}` },
      body: JSON.stringify({ number, expMonth: 1, expYear: 2099, cvc: '123' }),
    });
    return ((await reply.json()) as { token: string }).token;
  };
  /** A customer with `quantity` pieces in the cart, and what placing the order takes. */
  const shopper = async (sku: string, quantity = 1, card = CARDS.works) => {
    const subject = `user:gst_${next()}`;
    const mine = services.as(Orders, subject, 'orders:place');
    await services.as(Cart, subject, 'cart:use').addItem({ sku, quantity }, key());
    const { cartVersion, total } = await mine.getQuote({ country: 'DE' });
    const order = {
      cartVersion,
      expectedTotal: total,
      contact: { name: 'Ada Lindqvist', email: 'ada@example.com' },
      shippingAddress: {
        name: 'Ada Lindqvist',
        line1: 'Lindenweg 1',
        postalCode: '04109',
        city: 'Leipzig',
        country: 'DE',
      },
      ...(total.amount > 0 ? { paymentToken: await tokenOf(card) } : {}),
    };
    return { subject, mine, order };
  };
  type Shopper = Awaited<ReturnType<typeof shopper>>;
  const settle = async ({ mine }: Shopper, orderId: string) => {
    let order = await mine.getOrder({ orderId, wait: 10 });
    // Confirmed comes before the money is taken and the cart is closed.
    for (let left = 100; left > 0 && order.state === 'confirmed'; left -= 1) {
      const paid = order.payment !== 'authorized' && (await stockIsCommitted(orderId));
      if (paid) break;
      await services.host.timers.sleep(20);
      order = await mine.getOrder({ orderId });
    }
    return order;
  };
  const sagasOf = async (orderId: string) => {
    const auditor = services.as(Orders, 'user:acc_auditor', 'shop:audit');
    const { items } = await auditor.exportFacts({ limit: 500 });
    return items.flatMap((fact) => (fact.kind === 'saga' && fact.orderId === orderId ? fact : []));
  };
  const stockIsCommitted = async (orderId: string) =>
    (await sagasOf(orderId)).every((saga) => saga.state === 'done');
  const buy = async (sku: string, quantity = 1, card = CARDS.works) => {
    const who = await shopper(sku, quantity, card);
    const placed = await who.mine.placeOrder(who.order, key());
    return { who, order: await settle(who, placed.orderId) };
  };
  /** Somebody pays with 3-D Secure; the pieces run out meanwhile, and somebody else takes one. */
  const overtake = async (sku: string) => {
    holdsEnd = true;
    const { who, order } = await buy(sku, 1, CARDS.challenge);
    holdsEnd = false;
    const lines = [{ sku, quantity: 1 }];
    const orderId = services.host.ids.prefixed('ord');
    const other = { reservation: orderId, orderId, lines, ttlSeconds: 900 };
    await services.asService(Inventory).reserve(other, key());
    const body = new URLSearchParams({ decision: 'approve' });
    await fetch(order.nextAction?.url ?? '', { method: 'POST', body, redirect: 'manual' });
    for (let left = 500; left > 0; left -= 1) {
      const seen = await who.mine.getOrder({ orderId: order.orderId });
      if (seen.payment !== 'actionRequired') break;
      await services.host.timers.sleep(20);
    }
    return { who, order };
  };
  const staff = () => services.as(Orders, 'user:acc_staff', 'orders:manage');
  const manager = () => services.as(Orders, 'user:acc_staff', 'orders:place', 'orders:manage');
  const setFaults = async (...faults: readonly object[]) => {
    const headers = { authorization: `Bearer ${keys.secret}` };
    const body = JSON.stringify({ faults });
    const reply = await fetch(`${sandbox.url}/faults`, { method: 'PUT', headers, body });
    assert.equal(reply.status, 200, await reply.text());
  };

  it('sells: reserved, paid, taken out of stock and out of the cart', async () => {
    await receive('LAMP-1', 1);
    const before = await stockOf('LAMP-1');
    const who = await shopper('LAMP-1', 2);
    const placed = await who.mine.placeOrder(who.order, key());
    assert.equal(placed.state, 'pending');
    const order = await settle(who, placed.orderId);
    assert.equal(order.state, 'confirmed');
    assert.equal(order.payment, 'paid');
    assert.equal(order.total.amount, 2 * 2990 + 490);
    assert.deepEqual(await stockOf('LAMP-1'), [(before?.[0] ?? 0) - 2, 0]);
    const left = await services.as(Cart, who.subject, 'cart:use').getCart();
    assert.deepEqual(left.lines, []);
    const history = await staff().getHistory({ orderId: order.orderId });
    assert.deepEqual(
      history.items.map((line) => line.to),
      ['pending', 'authorized', 'confirmed', 'paid'],
    );
  });

  it('fails a declined order, gives everything back and leaves the cart as it was', async () => {
    const before = await stockOf('LAMP-1');
    const { who, order } = await buy('LAMP-1', 1, CARDS.declined);
    assert.equal(order.state, 'failed');
    assert.equal(order.failureReason, 'PaymentDeclined');
    assert.equal(order.payment, 'declined');
    assert.deepEqual(await stockOf('LAMP-1'), before);
    const left = await services.as(Cart, who.subject, 'cart:use').getCart();
    assert.equal(left.lines.length, 1);
    const again = { ...who.order, paymentToken: await tokenOf(CARDS.works) };
    const second = await who.mine.placeOrder(again, key());
    assert.equal((await settle(who, second.orderId)).payment, 'paid');
  });

  it('waits for 3-D Secure and goes on when the customer has confirmed', async () => {
    const { who, order } = await buy('LAMP-1', 1, CARDS.challenge);
    assert.equal(order.payment, 'actionRequired');
    const body = new URLSearchParams({ decision: 'approve' });
    await fetch(order.nextAction?.url ?? '', { method: 'POST', body, redirect: 'manual' });
    const open = await who.mine.placeOrder(who.order, key()).catch((problem) => problem);
    assert.ok(CheckoutOpen.is(open));
    assert.equal(open.details.data.orderId, order.orderId);
    // The event is not sent in this test: the order asks by itself.
    const deadline = services.host.clock.monotonic() + 8_000;
    let seen = order;
    while (seen.state === 'pending' && services.host.clock.monotonic() < deadline) {
      seen = await who.mine.getOrder({ orderId: order.orderId });
      await services.host.timers.sleep(50);
    }
    assert.equal((await settle(who, order.orderId)).payment, 'paid');
  });

  it('gives up when the customer does not confirm in time', async () => {
    const before = await stockOf('LAMP-1');
    const { who, order } = await buy('LAMP-1', 1, CARDS.challenge);
    lateMs += 12 * 60_000 + 1_000;
    let seen = order;
    for (let left = 200; left > 0 && seen.state === 'pending'; left -= 1) {
      await services.host.timers.sleep(20);
      seen = await who.mine.getOrder({ orderId: order.orderId });
    }
    assert.equal(seen.failureReason, 'PaymentExpired');
    assert.equal(seen.payment, 'voided');
    assert.deepEqual(await stockOf('LAMP-1'), before);
  });

  it('reserves once more when the pieces ran out while the customer paid', async () => {
    await putLamp('SHORT-1', 1000);
    await receive('SHORT-1', 2);
    const { who, order } = await overtake('SHORT-1');
    const settled = await settle(who, order.orderId);
    assert.deepEqual([settled.state, settled.payment], ['confirmed', 'paid']);
    assert.deepEqual(await stockOf('SHORT-1'), [1, 1]);
  });

  it("fails, and takes no money, when they are somebody else's by then", async () => {
    await putLamp('SHORT-2', 1000);
    await receive('SHORT-2', 1);
    const { who, order } = await overtake('SHORT-2');
    const settled = await settle(who, order.orderId);
    assert.equal(settled.failureReason, 'ReservationExpired');
    assert.deepEqual([settled.state, settled.payment], ['failed', 'voided']);
    assert.deepEqual(await stockOf('SHORT-2'), [1, 1]);
  });

  it('sells the last piece once, and takes money only for it', async () => {
    await putLamp('LAST-1', 1000);
    await receive('LAST-1', 1);
    const shoppers = await Promise.all(Array.from({ length: 8 }, () => shopper('LAST-1')));
    const orders = await Promise.all(
      shoppers.map(async (who) => {
        const placed = await who.mine.placeOrder(who.order, key()).catch(() => undefined);
        return placed && settle(who, placed.orderId);
      }),
    );
    const sold = orders.filter((order) => order?.payment === 'paid');
    assert.equal(sold.length, 1);
    for (const order of orders) {
      if (!order || order === sold[0]) continue;
      assert.equal(order.failureReason, 'OutOfStock');
      assert.equal(order.payment, 'none');
    }
    assert.deepEqual(await stockOf('LAST-1'), [0, 0]);
  });

  it('places one order for one cart version, however often it is clicked', async () => {
    const who = await shopper('LAMP-1');
    const same = key();
    const asked = [same, same, key(), key()].map((options) =>
      who.mine.placeOrder(who.order, options).then(
        (order) => order.orderId,
        (problem) => {
          if (CheckoutOpen.is(problem)) return problem.details.data.orderId;
          assert.ok(CartChanged.is(problem) || problem.code === 'key-in-flight', String(problem));
          return undefined;
        },
      ),
    );
    const ids = new Set((await Promise.all(asked)).filter((id) => id !== undefined));
    assert.equal(ids.size, 1);
    assert.equal((await who.mine.listOrders({})).items.length, 1);
  });

  it('orders nothing when cart or price is not what the customer saw', async () => {
    const who = await shopper('LAMP-1');
    const other = { ...who.order, cartVersion: who.order.cartVersion + 1 };
    await assert.rejects(who.mine.placeOrder(other, key()), CartChanged.is);
    const cheap = { ...who.order, expectedTotal: { amount: 1, currency: 'EUR' as const } };
    await assert.rejects(who.mine.placeOrder(cheap, key()), PriceChanged.is);
    assert.equal((await who.mine.listOrders({})).items.length, 0);
  });

  it('takes no payment for a total of zero', async () => {
    const { order } = await buy('FREE-1');
    assert.equal(order.state, 'confirmed');
    assert.equal(order.payment, 'none');
    assert.equal(order.total.amount, 0);
  });

  it('cancels a paid order: money back, pieces back', async () => {
    const before = await availableOf('LAMP-1');
    const { who, order } = await buy('LAMP-1');
    const { orderId } = order;
    const asked = await who.mine.cancelOrder({ orderId });
    assert.ok(asked.cancellationRequested);
    await assert.rejects(staff().shipOrder({ orderId, carrier: 'post' }, key()), NotShippable.is);
    let seen = asked;
    for (let left = 200; left > 0 && seen.state !== 'cancelled'; left -= 1) {
      await services.host.timers.sleep(20);
      seen = await who.mine.cancelOrder({ orderId });
    }
    assert.equal(seen.state, 'cancelled');
    assert.equal(seen.payment, 'refunded');
    assert.deepEqual(seen.refunded, seen.total);
    assert.equal(await availableOf('LAMP-1'), before);
  });

  it('is shipped in parcels, delivered, completed, returned and refunded', async () => {
    const { who, order } = await buy('LAMP-1', 3);
    const { orderId } = order;
    const carrier = 'post';
    const lines = [{ sku: 'LAMP-1', quantity: 1 }];
    const first = await staff().shipOrder({ orderId, carrier, lines }, key());
    await assert.rejects(who.mine.cancelOrder({ orderId }), NotCancellable.is);
    const four = [{ sku: 'LAMP-1', quantity: 4 }];
    await assert.rejects(
      staff().shipOrder({ orderId, carrier, lines: four }, key()),
      NotShippable.is,
    );
    const second = await staff().shipOrder({ orderId, carrier }, key());
    assert.deepEqual(second.lines, [{ sku: 'LAMP-1', quantity: 2 }]);
    for (const { shipmentId } of [first, second]) {
      await staff().confirmDelivery({ orderId, shipmentId });
    }
    assert.equal((await who.mine.getOrder({ orderId })).state, 'completed');
    await staff().acceptReturn({ orderId, lines, restock: true }, key());
    const amount = { amount: 2990, currency: 'EUR' as const };
    await staff().refundOrder({ orderId, amount, reason: 'returned' }, key());
    const all = { amount: order.total.amount, currency: 'EUR' as const };
    const problem = await staff()
      .refundOrder({ orderId, amount: all, reason: 'again' }, key())
      .catch((caught) => caught);
    assert.ok(RefundTooLarge.is(problem));
    assert.equal(problem.details.data.refundable.amount, order.total.amount - 2990);
    let seen = await who.mine.getOrder({ orderId });
    for (let left = 200; left > 0 && !(await stockIsCommitted(orderId)); left -= 1) {
      await services.host.timers.sleep(20);
    }
    seen = await who.mine.getOrder({ orderId });
    assert.equal(seen.payment, 'partlyRefunded');
    assert.equal(seen.fulfilment, 'partlyReturned');
    assert.equal(seen.returns[0]?.restocked, true);
  });

  it('is carried on after a stop at any step, and sold once', async () => {
    const before = await stockOf('LAMP-1');
    const pauses = [0, 2, 5, 10, 20, 40];
    const ids: string[] = [];
    for (const pauseMs of pauses) {
      const who = await shopper('LAMP-1');
      ids.push((await who.mine.placeOrder(who.order, key())).orderId);
      await services.host.timers.sleep(pauseMs);
      await restart();
    }
    for (const orderId of ids) {
      let order = await manager().getOrder({ orderId, wait: 10 });
      for (let left = 200; left > 0 && !(await stockIsCommitted(orderId)); left -= 1) {
        await services.host.timers.sleep(20);
      }
      order = await manager().getOrder({ orderId });
      assert.equal(order.payment, 'paid');
    }
    assert.deepEqual(await stockOf('LAMP-1'), [(before?.[0] ?? 0) - pauses.length, 0]);
  });

  it('shows an order to nobody but its owner and staff', async () => {
    const { order } = await buy('LAMP-1');
    const { orderId } = order;
    const other = services.as(Orders, 'user:gst_other', 'orders:place');
    await assert.rejects(other.getOrder({ orderId }), { code: 'not-found' });
    await assert.rejects(other.cancelOrder({ orderId }), { code: 'not-found' });
    assert.equal((await manager().getOrder({ orderId })).orderId, orderId);
  });

  it('keeps what names a person while an order is open or a saga of one is under way', async () => {
    const { who, order } = await buy('LAMP-1');
    const { orderId } = order;
    const subject = who.subject.slice('user:'.length);
    const erase = () => services.asService(Orders).eraseSubject({ subject });
    assert.deepEqual(await erase(), { erased: false, open: 1 });
    const { shipmentId } = await staff().shipOrder({ orderId, carrier: 'post' }, key());
    await staff().confirmDelivery({ orderId, shipmentId });
    await setFaults({ kind: 'error', count: 1_000 });
    const amount = { amount: 100, currency: 'EUR' as const };
    await staff().refundOrder({ orderId, amount, reason: 'A scratch.' }, key());
    const refunding = await who.mine.getOrder({ orderId });
    assert.deepEqual([refunding.state, refunding.payment], ['completed', 'paid']);
    assert.deepEqual(await erase(), { erased: false, open: 1 });
    await setFaults();
    for (let left = 200; left > 0 && !(await stockIsCommitted(orderId)); left -= 1) {
      await services.host.timers.sleep(20);
    }
    assert.deepEqual(await erase(), { erased: true, open: 0 });
    assert.deepEqual(await erase(), { erased: false, open: 0 });
    const seen = await manager().getOrder({ orderId });
    assert.equal(seen.payment, 'partlyRefunded');
    assert.equal(seen.contact, undefined);
  });

  it('agrees with payments about every amount', async () => {
    const audit = ['user:acc_auditor', 'shop:audit'] as const;
    const orders = await services.as(Orders, ...audit).exportFacts({ limit: 500 });
    const money = await services.as(Payments, ...audit).exportFacts({ limit: 500 });
    for (const order of orders.items) {
      if (order.kind !== 'order' || !order.paymentId) continue;
      const payment = money.items.find(
        (fact) => fact.kind === 'payment' && fact.paymentId === order.paymentId,
      );
      const captured = payment?.kind === 'payment' ? payment.captured.amount : 0;
      const sold = order.state === 'confirmed' || order.state === 'completed';
      if (sold && order.payment !== 'authorized') assert.equal(captured, order.total.amount);
      if (order.state === 'failed') assert.equal(captured, 0);
    }
  });
});

/** The inventory, whose reservations are overdue as soon as they are made while `isShort`. */
function withShortHolds(isShort: () => boolean): Service {
  const { spec } = inventory;
  const operations = spec.operations as Record<string, Handler>;
  const reserve: Handler = (input, context) => {
    const ttlSeconds = isShort() ? 0 : input.ttlSeconds;
    return operations.reserve?.({ ...input, ttlSeconds }, context);
  };
  const changed = { ...spec, operations: { ...operations, reserve } };
  return { ...inventory, spec: changed as unknown as Service['spec'] };
}

type Handler = (input: { readonly ttlSeconds: number }, context: unknown) => unknown;
