import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Customers } from '../../systems/shop/contracts/customers.ts';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { openMailbox } from '../../systems/shop/mail/mailbox.ts';
import { refusalOf } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import {
  createCustomer,
  createGuest,
  eventually,
  PASSWORD,
  prepareOrder,
  type Shopper,
  settleOrder,
  toShopper,
} from './kit/shopper.ts';
import type { Via } from './kit/transport.ts';

const SKU = 'LAMP-1';

describe('accounts and what belongs to them', () => {
  let shop: TestShop;
  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: SKU, prices: { EUR: 2990 }, pieces: 1000 });
  });
  after(() => shop.stop());

  const register = async (via: Via, email: string) => {
    const identity = await shop.calls(Identity, { via });
    const { accountId } = await identity.register({ email, password: PASSWORD });
    const who = await toShopper(shop, via, await identity.signIn({ email, password: PASSWORD }));
    return { ...who, accountId };
  };
  const order = async (who: Shopper, email: string) => {
    const prepared = await prepareOrder(who, { psp: shop.psp, sku: SKU });
    const contact = { name: 'Ada Lindqvist', email };
    const placed = await who.orders.placeOrder({ ...prepared, contact });
    await settleOrder(shop, who, placed.orderId);
    return placed;
  };
  const verify = async (via: Via, email: string, template = 'verify') => {
    const mailbox = openMailbox(join(shop.directory, 'data'));
    const mail = mailbox.read().find((one) => one.recipient === email && one.template === template);
    mailbox.close();
    const identity = await shop.calls(Identity, { via });
    return identity.verifyEmail({ token: mail?.token ?? '' });
  };
  const idsOf = async ({ orders }: Shopper) =>
    (await orders.listOrders()).items.map(({ orderId }) => orderId);

  for (const via of VIAS) {
    it(`get a profile as soon as they are opened, over ${via}`, async () => {
      const { accountId, as } = await register(via, `${randomUUID()}@example.com`);
      const staff = await shop.calls(Customers, { via, as: shop.consumers.staff });
      const { items } = await eventually(
        () => staff.findCustomers({ customerId: accountId }),
        (found) => found.items.length > 0,
      );
      assert.equal(items[0]?.version, 0);
      const mine = await shop.calls(Customers, { via, as });
      const { changes } = await mine.exportMyData();
      assert.deepEqual(
        changes.map(({ what, by }) => [what, by]),
        [['profileCreated', 'service:identity']],
      );
    });

    it(`show nothing to a guest who orders with their address, over ${via}`, async () => {
      const email = `${randomUUID()}@example.com`;
      const owner = await register(via, email);
      await verify(via, email);
      const own = await order(owner, email);
      const guest = await createGuest(shop, via);
      const placed = await order(guest, email);
      assert.deepEqual(await idsOf(guest), [placed.orderId]);
      const view = await guest.orders.getOrder({ orderId: placed.orderId });
      const text = JSON.stringify([placed, view]);
      for (const secret of [owner.accountId, own.orderId]) assert.ok(!text.includes(secret));
      const refusal = await refusalOf(guest.orders.getOrder({ orderId: own.orderId }));
      assert.equal(refusal.code, 'not-found');
      assert.deepEqual(await idsOf(owner), [own.orderId], 'a verification of before joins nothing');
    });

    it(`take a guest's orders over when the same address is verified, over ${via}`, async () => {
      const email = `${randomUUID()}@example.com`;
      const guest = await createGuest(shop, via);
      const { orderId } = await order(guest, email.toUpperCase());
      const strangersOrder = await order(await createGuest(shop, via), `x${email}`);
      const owner = await register(via, email);
      const stranger = await register(via, `y${email}`);
      const strangersId = await refusalOf(stranger.orders.getOrder({ orderId }));
      assert.equal(strangersId.code, 'not-found');
      const identity = await shop.calls(Identity, { via, as: stranger.as });
      await identity.changeEmail({ email: `x${email}`, password: PASSWORD });
      await verify(via, `y${email}`);
      await refusalOf(owner.orders.getOrder({ orderId }));
      assert.deepEqual(await idsOf(owner), [], 'it is not verified yet');
      await verify(via, email);
      await eventually(
        () => idsOf(owner),
        (ids) => ids.length > 0,
      );
      assert.deepEqual(await idsOf(owner), [orderId]);
      assert.equal((await owner.orders.getOrder({ orderId })).contact?.email, email);
      assert.deepEqual(await idsOf(guest), [], 'the order has one owner');
      assert.deepEqual(
        await idsOf(stranger),
        [],
        'an address that is only asked for joins nothing',
      );
      await verify(via, `x${email}`, 'changeEmail');
      await eventually(
        () => idsOf(stranger),
        (ids) => ids.length > 0,
      );
      assert.deepEqual(await idsOf(stranger), [strangersOrder.orderId]);
    });

    it(`list each of their orders once, newest first, page by page, over ${via}`, async () => {
      const who = await createCustomer(shop, via);
      const placed: string[] = [];
      for (let count = 0; count < 5; count += 1) {
        placed.unshift((await order(who, 'ada@example.com')).orderId);
      }
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await who.orders.listOrders({ limit: 2, ...(cursor ? { cursor } : {}) });
        listed.push(...page.items.map(({ orderId }) => orderId));
        cursor = page.next;
      } while (cursor);
      assert.deepEqual(listed, placed);
      assert.deepEqual((await who.orders.listOrders({ state: 'failed' })).items, []);
    });

    it(`have a history with every change of their orders, over ${via}`, async () => {
      const who = await createCustomer(shop, via);
      const { orderId } = await order(who, 'ada@example.com');
      const staff = await shop.calls(Orders, { via, as: shop.consumers.staff });
      const { shipmentId } = await staff.shipOrder({ orderId, carrier: 'post' });
      await staff.confirmDelivery({ orderId, shipmentId });
      const lines = [{ sku: SKU, quantity: 1 }];
      await staff.acceptReturn({ orderId, lines, restock: true });
      const { total } = await who.orders.getOrder({ orderId });
      await staff.refundOrder({ orderId, amount: total, reason: 'returned' });
      await settleOrder(shop, who, orderId);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await staff.getHistory({ orderId, limit: 3, ...(cursor ? { cursor } : {}) });
        for (const { axis, from, to } of page.items) found.push(`${axis} ${from ?? ''} → ${to}`);
        cursor = page.next;
      } while (cursor);
      for (const [axis, ...states] of [
        ['state', '', 'pending', 'confirmed', 'completed'],
        ['payment', 'none', 'authorized', 'paid', 'refunded'],
        ['fulfilment', 'open', 'shipped', 'delivered', 'returned'],
      ]) {
        const moves = states.slice(1).map((to, index) => `${axis} ${states[index]} → ${to}`);
        assert.deepEqual(
          found.filter((line) => line.startsWith(`${axis} `)),
          moves,
        );
      }
    });
  }
});
