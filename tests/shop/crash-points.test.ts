import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { STEP_CALLS } from '../../systems/shop/faults/catalogue.ts';
import { sell } from './kit/goods.ts';
import { assertHolds } from './kit/holds.ts';
import { type ShopToKill, startShopToKill } from './kit/shop-to-kill.ts';
import { createGuest, prepareOrder, settleOrder, waitForOrder } from './kit/shopper.ts';
import { FULL_SIZE } from './kit/size.ts';

type StepName = keyof typeof STEP_CALLS;
type When = 'before' | 'after';

const FORWARD = ['place', 'reserve', 'authorize', 'pin', 'capture', 'commit', 'close'] as const;
const UNDO = ['void', 'release'] as const;
const RETURN = ['refund', 'restock'] as const;
const WHENS: readonly When[] = ['before', 'after'];
/** Each costs a start; `npm run test:faults` takes all of them. */
const QUICK = new Set(['place after', 'authorize after', 'capture after', 'void before']);

/** `step when` of those that this run takes. */
const pointsOf = (steps: readonly StepName[]) =>
  steps
    .flatMap((step) => WHENS.map((when) => ({ step, when })))
    .filter(({ step, when }) => FULL_SIZE || QUICK.has(`${step} ${when}`));

describe('an order whose process dies', () => {
  let shop: ShopToKill;
  before(async () => {
    shop = await startShopToKill();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 1000 });
  });
  after(() => shop.stop());

  const kindsOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);
  /** Lets the process die at `point` of what `action` begins, and starts another one. */
  const dieAt = async (
    point: { readonly step: StepName; readonly when: When },
    action: () => Promise<unknown>,
  ) => {
    await shop.fault('orders.crash-at', point);
    const death = shop.death();
    // Its answer may be lost with the process.
    await Promise.all([action().catch(() => undefined), death]);
    await shop.start();
  };
  /** What is looked at when all have died: who takes over waits for the lease of who died. */
  const endings: (() => Promise<void>)[] = [];

  for (const { step, when } of pointsOf(FORWARD)) {
    it(`${when} "${STEP_CALLS[step]}" was placed once`, async () => {
      const who = await createGuest(shop, 'REST');
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const key = randomUUID();
      await dieAt({ step, when }, () => who.orders.placeOrder(order, { key }));
      const { orderId } = await who.orders.placeOrder(order, { key });
      assert.equal((await who.orders.listOrders()).items.length, 1);
      endings.push(async () => {
        const paid = await settleOrder(shop, who, orderId);
        assert.deepEqual([paid.state, paid.payment], ['confirmed', 'paid'], `${step} ${when}`);
        assert.deepEqual(await kindsOf(paid.paymentId), ['authorized', 'captured']);
        assert.deepEqual((await who.cart.getCart()).lines, []);
      });
    });
  }

  for (const { step, when } of pointsOf(UNDO)) {
    it(`${when} "${STEP_CALLS[step]}" can be cancelled again`, async () => {
      const who = await createGuest(shop, 'SOAP');
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
      const { orderId } = await who.orders.placeOrder(order);
      await waitForOrder(who, orderId);
      await dieAt({ step, when }, () => who.orders.cancelOrder({ orderId }));
      await who.orders.cancelOrder({ orderId });
      endings.push(async () => {
        const { state, payment } = await settleOrder(shop, who, orderId);
        assert.deepEqual([state, payment], ['cancelled', 'voided'], `${step} ${when}`);
      });
    });
  }

  for (const { step, when } of pointsOf(RETURN)) {
    it(`${when} "${STEP_CALLS[step]}" is given back once`, async () => {
      const who = await createGuest(shop, 'REST');
      const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1' });
      const { orderId } = await who.orders.placeOrder(order);
      await settleOrder(shop, who, orderId);
      await dieAt({ step, when }, () => who.orders.cancelOrder({ orderId }));
      await who.orders.cancelOrder({ orderId });
      endings.push(async () => {
        const { state, payment, paymentId } = await settleOrder(shop, who, orderId);
        assert.deepEqual([state, payment], ['cancelled', 'refunded'], `${step} ${when}`);
        assert.deepEqual(await kindsOf(paymentId), ['authorized', 'captured', 'refunded']);
      });
    });
  }

  it('ends as if nobody had died, and every invariant holds', async () => {
    for (const assertEnded of endings) await assertEnded();
    await assertHolds(shop);
  });
});
