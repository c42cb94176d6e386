import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPayments, type TestPayments } from './payments-fixture.ts';

/** Longer than the longest pause before the job asks about a payment again. */
const LATER_MS = 61_000;

for (const provider of ['sandbox', 'stripe'] as const) {
  describe(`payments that hear from ${provider} by webhook`, () => {
    let shop: TestPayments;
    before(async () => {
      shop = await startPayments(provider);
    });
    after(() => shop.stop());

    /** Waits for 3-D Secure; every event until then has arrived. */
    const waiting = async () => {
      await shop.fault();
      const asked = await shop.create('challenge');
      const payment = await shop.internal.authorize(asked);
      assert.equal(payment.state, 'actionRequired');
      await shop.deliver();
      return { asked, paymentId: asked.paymentId, url: payment.nextAction?.url };
    };
    const stateOf = async (paymentId: string) => (await shop.staff.getPayment({ paymentId })).state;
    const assertAuthorizedOnce = async (paymentId: string) => {
      assert.equal(await stateOf(paymentId), 'authorized');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentActionRequired', 'PaymentAuthorized']);
    };

    it('acts once on an event that comes twice', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-duplicate' });
      await shop.decide(url, 'approve');
      assert.deepEqual(await shop.deliver(), [204, 204]);
      await assertAuthorizedOnce(paymentId);
    });

    it('acts on an event that comes before the answer', async () => {
      const asked = await shop.create();
      await shop.fault({ kind: 'webhook-early' });
      assert.equal((await shop.internal.authorize(asked)).state, 'authorized');
      assert.deepEqual(await shop.hits(), [1]);
      assert.deepEqual(await shop.deliver(), [204]);
      assert.deepEqual(await shop.ledgerOf(asked.paymentId), ['authorized']);
      assert.deepEqual(shop.eventsOf(asked.paymentId), ['PaymentAuthorized']);
    });

    it('has long asked when an event comes late, and does not act again', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-late', ms: 3 * LATER_MS });
      await shop.decide(url, 'approve');
      await shop.host.skip(LATER_MS);
      await assertAuthorizedOnce(paymentId);
      await shop.host.skip(2 * LATER_MS);
      assert.deepEqual(await shop.deliver(), [204]);
      await assertAuthorizedOnce(paymentId);
    });

    it('is not led back by an event that was overtaken', async () => {
      const asked = await shop.create();
      const { paymentId } = asked;
      await shop.fault({ kind: 'webhook-reordered' });
      await shop.internal.authorize(asked);
      await shop.internal.capture({ paymentId });
      assert.deepEqual(await shop.deliver(), [204, 204]);
      assert.equal(await stateOf(paymentId), 'captured');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentAuthorized', 'PaymentCaptured']);
    });

    it('finds out by itself when the event is lost and the customer never returns', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-lost' });
      await shop.decide(url, 'approve');
      assert.deepEqual(await shop.deliver(), []);
      assert.equal(await stateOf(paymentId), 'actionRequired');
      await shop.host.skip(LATER_MS);
      await assertAuthorizedOnce(paymentId);
    });

    it('refuses a forged event with 400, without any effect', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-forged' }, { kind: 'webhook-lost' });
      await shop.decide(url, 'approve');
      assert.deepEqual(await shop.deliver(), [400]);
      assert.equal(await stateOf(paymentId), 'actionRequired');
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentActionRequired']);
    });

    it('refuses an event that is played again six minutes later', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-replayed', ms: 360_000 });
      await shop.decide(url, 'approve');
      assert.deepEqual(await shop.deliver(), [204]);
      await shop.host.skip(360_000);
      assert.deepEqual(await shop.deliver(), [400]);
      await assertAuthorizedOnce(paymentId);
    });

    it('takes a replay within five minutes for what it is: the same event', async () => {
      const { paymentId, url } = await waiting();
      await shop.fault({ kind: 'webhook-replayed', ms: 0 });
      await shop.decide(url, 'approve');
      assert.deepEqual(await shop.deliver(), [204, 204]);
      await assertAuthorizedOnce(paymentId);
    });

    it('moves once when the customer’s return, the webhook and the job meet', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { asked, paymentId, url } = await waiting();
        await shop.fault({ kind: 'webhook-duplicate' });
        await shop.decide(url, 'approve');
        // The job falls due within `skip`, before the others begin.
        await Promise.all([
          shop.host.skip(LATER_MS),
          shop.internal.authorize(asked),
          shop.deliver(),
          shop.internal.authorize(asked),
        ]);
        assert.equal((await shop.internal.authorize(asked)).state, 'authorized');
        await assertAuthorizedOnce(paymentId);
        const capture = () => shop.internal.capture({ paymentId });
        await Promise.allSettled([shop.host.skip(LATER_MS), capture(), shop.deliver(), capture()]);
        assert.equal((await capture()).state, 'captured');
        assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured']);
        assert.equal(shop.eventsOf(paymentId).length, 3);
      }
    });

    it('asks later when the provider can not be asked at the moment of the event', async () => {
      const { paymentId, url } = await waiting();
      await shop.decide(url, 'approve');
      await shop.fault({ kind: 'down', rate: 1 });
      assert.deepEqual(await shop.deliver(), [204]);
      assert.equal(await stateOf(paymentId), 'actionRequired');
      await shop.fault();
      await shop.host.skip(5_000);
      await assertAuthorizedOnce(paymentId);
    });

    it('keeps a payment voided whose customer approves after the order had ended', async () => {
      const { asked, paymentId, url } = await waiting();
      await shop.internal.void({ paymentId, orderId: asked.orderId });
      await shop.decide(url, 'approve');
      await shop.deliver();
      assert.equal(await stateOf(paymentId), 'voided');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['voided']);
    });

    it('voids what the customer approves while the order ends', async () => {
      for (let round = 0; round < 3; round += 1) {
        const { asked, paymentId, url } = await waiting();
        await Promise.allSettled([
          shop.decide(url, 'approve'),
          shop.internal.void({ paymentId, orderId: asked.orderId }),
        ]);
        await shop.deliver();
        await shop.host.skip(LATER_MS);
        assert.equal(await stateOf(paymentId), 'voided');
        const ledger = await shop.ledgerOf(paymentId);
        assert.equal(ledger.at(-1), 'voided', ledger.join());
        assert.ok(!shop.eventsOf(paymentId).includes('PaymentAuthorized'));
      }
    });

    it('hears of a dispute, once', async () => {
      const asked = await shop.create('disputed');
      const { paymentId } = asked;
      await shop.fault({ kind: 'webhook-duplicate', count: 3 });
      await shop.internal.authorize(asked);
      await shop.internal.capture({ paymentId });
      await shop.deliver();
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured', 'disputed']);
      assert.deepEqual(shop.eventsOf(paymentId), [
        ...['PaymentAuthorized', 'PaymentCaptured', 'PaymentDisputed'],
      ]);
    });
  });
}
