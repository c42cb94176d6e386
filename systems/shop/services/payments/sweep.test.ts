import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProviderUnavailable, RefundTooLarge } from '../../contracts/payments.ts';
import { money } from '../../money.ts';
import { startPayments, type TestPayments } from './payments-fixture.ts';

const TICK_MS = 5_000;
/** No webhook helps here. */
const SILENCE = { kind: 'webhook-lost', rate: 1 };
/** The time that a call to the provider is given before the job looks after it. */
const IN_FLIGHT_MS = 15_000;

for (const provider of ['sandbox', 'stripe'] as const) {
  describe(`the job that asks ${provider} about what is open`, () => {
    let shop: TestPayments;
    before(async () => {
      shop = await startPayments(provider);
    });
    after(() => shop.stop());

    /** A payment of which nothing is known but that it was sent. */
    const sent = async () => {
      const asked = await shop.create();
      await shop.fault({ kind: 'latency' }, SILENCE);
      const asking = shop.internal.authorize(asked);
      while ((await shop.hits())[0] === 0);
      await shop.fault({ kind: 'timeout-after-success' }, { kind: 'down', rate: 1 }, SILENCE);
      shop.release();
      assert.equal((await asking).state, 'sent');
      return asked;
    };
    const stateOf = async (paymentId: string) => (await shop.staff.getPayment({ paymentId })).state;
    const cutOff = () => shop.fault({ kind: 'down', rate: 1 }, SILENCE);
    const asksIn = async (ms: number) => {
      await cutOff();
      await shop.host.skip(ms);
      return (await shop.hits())[0] ?? 0;
    };

    it('asks about what was sent every five seconds, and only once the call is over', async () => {
      const { paymentId } = await sent();
      assert.equal(await asksIn(TICK_MS), 0);
      assert.equal(await asksIn(IN_FLIGHT_MS), 1);
      assert.equal(await asksIn(TICK_MS), 1);
      assert.equal(await asksIn(TICK_MS), 1);
      await shop.fault(SILENCE);
      await shop.host.skip(TICK_MS);
      assert.equal(await stateOf(paymentId), 'authorized');
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentAuthorized']);
      assert.equal(await asksIn(600_000), 0);
    });

    it('takes the money that was asked for when the provider was away', async () => {
      await shop.fault(SILENCE);
      const asked = await shop.create();
      const { paymentId } = asked;
      await shop.internal.authorize(asked);
      await cutOff();
      await assert.rejects(shop.internal.capture({ paymentId }), ProviderUnavailable.is);
      await shop.fault(SILENCE);
      await shop.host.skip(IN_FLIGHT_MS);
      await shop.host.skip(TICK_MS);
      assert.equal(await stateOf(paymentId), 'captured');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentAuthorized', 'PaymentCaptured']);
    });

    it('gives back what was claimed when the provider was away, once', async () => {
      await shop.fault(SILENCE);
      const asked = await shop.create();
      const { paymentId } = asked;
      await shop.internal.authorize(asked);
      await shop.internal.capture({ paymentId });
      const refund = { refundId: shop.host.ids.prefixed('rfd'), paymentId };
      const amount = money(250, 'EUR');
      await cutOff();
      await assert.rejects(shop.internal.refund({ ...refund, amount }), ProviderUnavailable.is);
      await shop.fault(SILENCE);
      await shop.host.skip(TICK_MS);
      await shop.host.skip(TICK_MS);
      assert.equal(await stateOf(paymentId), 'partlyRefunded');
      assert.equal((await shop.internal.refund({ ...refund, amount })).state, 'refunded');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured', 'refunded']);
    });

    it('ends a refund that the provider refuses, and tells the same again', async () => {
      await shop.fault(SILENCE);
      const asked = await shop.create();
      const { paymentId } = asked;
      await shop.internal.authorize(asked);
      await shop.internal.capture({ paymentId });
      const refund = { refundId: shop.host.ids.prefixed('rfd'), paymentId };
      await cutOff();
      const amount = money(1000, 'EUR');
      await assert.rejects(shop.internal.refund({ ...refund, amount }), ProviderUnavailable.is);
      await shop.fault(SILENCE);
      // Somebody gave a part of it back at the provider itself.
      await shop.refundElsewhere(paymentId, 1);
      await shop.host.skip(TICK_MS);
      for (let times = 0; times < 2; times += 1) {
        const again = await shop.internal.refund({ ...refund, amount }).catch((caught) => caught);
        assert.ok(RefundTooLarge.is(again), String(again));
      }
      const rest = {
        refundId: shop.host.ids.prefixed('rfd'),
        paymentId,
        amount: money(999, 'EUR'),
      };
      assert.equal((await shop.internal.refund(rest)).state, 'refunded');
    });

    it('lets go what was given up when the provider was away', async () => {
      await shop.fault(SILENCE);
      const asked = await shop.create();
      const { paymentId, orderId } = asked;
      await shop.internal.authorize(asked);
      await cutOff();
      await assert.rejects(shop.internal.void({ paymentId, orderId }), ProviderUnavailable.is);
      await shop.fault(SILENCE);
      await shop.host.skip(TICK_MS);
      assert.equal(await stateOf(paymentId), 'voided');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'voided']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentAuthorized', 'PaymentVoided']);
    });

    it('looks after more payments than one run takes', async () => {
      await shop.fault(SILENCE);
      const all = await Promise.all(Array.from({ length: 60 }, () => shop.create('challenge')));
      const urls = await Promise.all(
        all.map(async (asked) => (await shop.internal.authorize(asked)).nextAction?.url),
      );
      await Promise.all(urls.map((url) => shop.decide(url, 'approve')));
      await shop.host.skip(IN_FLIGHT_MS);
      await shop.host.skip(TICK_MS);
      await shop.host.skip(TICK_MS);
      const { items } = await shop.staff.listPayments({ state: 'actionRequired', limit: 100 });
      assert.equal(items.length, 0);
    });
  });
}
