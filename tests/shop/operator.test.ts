import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { withLateClock } from '../../systems/shop/services/fixtures/test-services.ts';
import { refusalOf } from './kit/client.ts';
import { sell, stockOf } from './kit/goods.ts';
import { startShop, type TestShop } from './kit/shop.ts';
import { createGuest, eventually, prepareOrder, settleOrder, waitForOrder } from './kit/shopper.ts';

const service = 'orders';
/** More requests than a test makes. */
const ALWAYS = 10_000;

describe('an operator of the shop', () => {
  let shop: TestShop;
  let lateMs = 0;
  before(async () => {
    shop = await startShop({ host: withLateClock(() => lateMs) });
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 10 });
  });
  beforeEach(() => shop.psp.mend());
  after(() => shop.stop());

  const kindsOf = async (paymentId: string | undefined) =>
    (await shop.psp.ledgerOf(paymentId ?? '')).map((line) => line.kind);
  const lookAt = async (saga: string) =>
    (await shop.operator.getSagaHistory({ service, saga })).saga;

  /** An order whose customer is at 3-D Secure, its stock held. */
  const askCustomer = async () => {
    const who = await createGuest(shop, 'REST');
    const order = await prepareOrder(who, { psp: shop.psp, sku: 'LAMP-1', card: 'challenge' });
    const { orderId } = await who.orders.placeOrder(order);
    const asked = await waitForOrder(who, orderId);
    assert.equal(asked.payment, 'actionRequired');
    return { who, orderId, paymentId: asked.paymentId, actionUrl: asked.nextAction?.url ?? '' };
  };

  it('gives up a checkout that its provider leaves without an answer: stock and authorization go back', async () => {
    const stock = await stockOf(shop, 'LAMP-1');
    const { who, orderId, paymentId, actionUrl } = await askCustomer();
    // The customer agrees, and the shop can't find out.
    await shop.psp.fail('down', ALWAYS);
    await shop.psp.decide(actionUrl, 'approve');
    assert.equal((await stockOf(shop, 'LAMP-1'))?.reserved, 1);
    await shop.operator.abortSaga({ service, saga: orderId, reason: 'The provider is down.' });
    const undoing = await eventually(
      () => lookAt(orderId),
      ({ state, failures }) => state === 'compensating' && failures > 0,
    );
    assert.equal(undoing.step, 'authorize');
    assert.equal((await who.orders.getOrder({ orderId })).state, 'pending');
    await shop.psp.mend();
    await shop.operator.retrySaga({ service, saga: orderId });
    const ended = await settleOrder(shop, who, orderId);
    assert.deepEqual([ended.state, ended.payment], ['cancelled', 'voided']);
    assert.deepEqual(await kindsOf(paymentId), ['authorized', 'voided']);
    assert.deepEqual(await stockOf(shop, 'LAMP-1'), stock);
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    const last = (await staff.getHistory({ orderId })).items.at(-1);
    assert.deepEqual([last?.to, last?.reason], ['cancelled', 'The provider is down.']);
  });

  it('sees a checkout that is stuck behind its pivot, and can only help it forward', async () => {
    const { orderId, paymentId, actionUrl } = await askCustomer();
    await shop.psp.fail('error', ALWAYS);
    await shop.psp.decide(actionUrl, 'approve');
    await eventually(
      () => lookAt(orderId),
      ({ step, failures }) => step === 'capture' && failures > 0,
    );
    lateMs += 11 * 60_000;
    const { items } = await eventually(
      () => shop.operator.listSagas({ service, stuck: true }),
      (page) => page.items.length > 0,
    );
    assert.deepEqual(
      items.map((saga) => [saga.id, saga.type, saga.step, saga.pivoted]),
      [[orderId, 'checkout', 'capture', true]],
    );
    const late = shop.operator.abortSaga({ service, saga: orderId, reason: 'It takes too long.' });
    assert.equal((await refusalOf(late)).code, 'precondition-failed');
    await shop.psp.mend();
    await shop.operator.retrySaga({ service, saga: orderId });
    const ended = await eventually(
      () => lookAt(orderId),
      ({ endedAt }) => endedAt !== undefined,
    );
    assert.deepEqual([ended.state, ended.stuck], ['done', false]);
    assert.deepEqual(await kindsOf(paymentId), ['authorized', 'captured']);
    assert.ok(shop.lines.some((line) => line.message === 'A saga is stuck.'));
  });

  it('ends a refund that was given by hand', async () => {
    const { who, orderId, actionUrl } = await askCustomer();
    await shop.psp.decide(actionUrl, 'approve');
    const paid = await settleOrder(shop, who, orderId);
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    await shop.psp.fail('error', ALWAYS);
    const reason = 'A scratch.';
    const amount = { amount: 500, currency: 'EUR' } as const;
    const { refundId } = await staff.refundOrder({ orderId, amount, reason });
    const saga = `${orderId}/refund/${refundId}`;
    await eventually(
      () => lookAt(saga),
      ({ failures }) => failures > 0,
    );
    await shop.operator.resolveSaga({ service, saga, reason: 'Paid back in the shop.' });
    const ended = await lookAt(saga);
    assert.equal(ended.state, 'resolved');
    assert.equal((await settleOrder(shop, who, orderId)).payment, paid.payment);
  });
});
