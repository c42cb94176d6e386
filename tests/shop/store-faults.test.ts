import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { lockStore } from '../../systems/shop/faults/store-lock.ts';
import { Refusal } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { type ShopToKill, startShopToKill } from './kit/shop-to-kill.ts';
import { createGuest, eventually, openSagas, prepareOrder, settleOrder } from './kit/shopper.ts';
import { FULL_SIZE } from './kit/size.ts';

const run = promisify(execFile);
const BUYERS = 8;
/** Longer than a store waits for its writer's turn, so that some are refused; shorter than a call. */
const BUSY_MS = 700;

describe('a shop whose stores are in trouble', () => {
  let shop: ShopToKill;
  before(async () => {
    shop = await startShopToKill();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 1000 });
  });
  after(() => shop.stop());

  const prepareBuyers = () =>
    Promise.all(
      Array.from({ length: BUYERS }, async () => {
        const who = await createGuest(shop, 'REST');
        const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
        return { who, order, key: randomUUID() };
      }),
    );
  type Buyer = Awaited<ReturnType<typeof prepareBuyers>>[number];
  /** What a customer is told: an order, or the status and code of a refusal. */
  const place = ({ who, order, key }: Buyer) =>
    who.orders.placeOrder(order, { key }).then(
      ({ orderId }) => ({ orderId, told: 201 }),
      (problem: unknown) => {
        if (!(problem instanceof Refusal)) throw problem;
        return { orderId: undefined, told: problem.reply.status };
      },
    );
  const assertAllPaid = async (buyers: readonly Buyer[]) => {
    for (const buyer of buyers) {
      const { orderId } = await eventually(
        () => place(buyer),
        (answer) => answer.orderId !== undefined,
      );
      const order = await settleOrder(shop, buyer.who, orderId ?? '');
      assert.deepEqual([order.state, order.payment], ['confirmed', 'paid']);
      assert.equal((await buyer.who.orders.listOrders()).items.length, 1);
    }
    await eventually(
      () => openSagas(shop),
      (open) => open.size === 0,
    );
    await assertHolds(shop);
  };

  for (const service of FULL_SIZE ? ['orders', 'inventory', 'payments', 'cart'] : ['orders']) {
    it(`takes an order whole or not at all while something else writes to the store of ${service}`, async () => {
      const buyers = await prepareBuyers();
      const lock = lockStore(shop.directory, { service, ms: BUSY_MS });
      const answers = await Promise.all(buyers.map(place));
      for (const { told } of answers) assert.ok([201, 503, 504].includes(told), `told ${told}`);
      await eventually(
        () => Promise.all(buyers.map(place)),
        (all) => all.every(({ orderId }) => orderId !== undefined),
      );
      assert.ok((await lock.release()) > 0, 'the store was never busy');
      await assertAllPaid(buyers);
    });
  }

  it('takes an order whole or not at all while the disk is full', async (test) => {
    if (process.platform !== 'linux') return test.skip('a limit on files is set with prlimit');
    const buyers = await prepareBuyers();
    // No file of this process may grow, which is what a full disk means to it.
    const limit = (bytes: string) =>
      run('prlimit', ['--pid', String(shop.pid), `--fsize=${bytes}:unlimited`]);
    await limit('1024');
    const answers = await Promise.all(buyers.map(place));
    for (const { told } of answers) assert.ok(told >= 500, `told ${told}`);
    await limit('unlimited');
    await assertAllPaid(buyers);
  });
});
