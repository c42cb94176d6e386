import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PaymentVoided, ProviderUnavailable } from '../../contracts/payments.ts';
import { money } from '../../money.ts';
import { startPayments, type TestPayments } from './payments-fixture.ts';

/** Longer than the pause before the job asks about anything again. */
const LATER_MS = 61_000;

for (const provider of ['sandbox', 'stripe'] as const) {
  describe(`payments whose provider (${provider}) loses requests and answers`, () => {
    let shop: TestPayments;
    before(async () => {
      shop = await startPayments(provider);
    });
    after(() => shop.stop());

    for (const kind of ['timeout-after-success', 'lost-request', 'error']) {
      it(`carries out every command once when each meets ${kind}`, async () => {
        const { internal } = shop;
        const asked = await shop.create();
        const { paymentId, orderId } = asked;
        const until = async <T>(done: (answer: T) => boolean, call: () => Promise<T>) => {
          await shop.fault({ kind });
          for (let attempt = 0; attempt < 3; attempt += 1) {
            const answer = await call().catch((problem) => {
              assert.ok(ProviderUnavailable.is(problem), String(problem));
              return undefined;
            });
            if (answer !== undefined && done(answer)) return;
          }
          assert.fail('not done after three attempts');
        };
        await until(
          ({ state }) => state === 'authorized',
          () => internal.authorize(asked),
        );
        await until(
          ({ state }) => state === 'captured',
          () => internal.capture({ paymentId }),
        );
        const refund = { refundId: shop.host.ids.prefixed('rfd'), paymentId };
        await until(
          ({ state }) => state === 'refunded',
          () => internal.refund({ ...refund, amount: money(400, 'EUR') }),
        );
        assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'captured', 'refunded']);
        assert.deepEqual(shop.eventsOf(paymentId), [
          ...['PaymentAuthorized', 'PaymentCaptured', 'PaymentRefunded'],
        ]);
        const other = await shop.create();
        await internal.authorize(other);
        await until(
          ({ state }) => state === 'voided',
          () => internal.void({ paymentId: other.paymentId, orderId }),
        );
        await shop.host.skip(LATER_MS);
        assert.deepEqual(await shop.ledgerOf(other.paymentId), ['authorized', 'voided']);
      });
    }

    it('sets an amount aside once for the same payment asked ten times at once', async () => {
      const asked = await shop.create();
      await Promise.all(Array.from({ length: 10 }, () => shop.internal.authorize(asked)));
      assert.equal((await shop.internal.authorize(asked)).state, 'authorized');
      const captures = Array.from({ length: 10 }, () =>
        shop.internal.capture({ paymentId: asked.paymentId }),
      );
      await Promise.allSettled(captures);
      await shop.internal.capture({ paymentId: asked.paymentId });
      assert.deepEqual(await shop.ledgerOf(asked.paymentId), ['authorized', 'captured']);
      assert.deepEqual(shop.eventsOf(asked.paymentId), ['PaymentAuthorized', 'PaymentCaptured']);
    });

    /** The provider authorizes, but its answer is lost, and from then on it is not to be reached. */
    const authorizeAndLoseTouch = async () => {
      const asked = await shop.create();
      await shop.fault({ kind: 'latency' });
      const asking = shop.internal.authorize(asked);
      while ((await shop.hits())[0] === 0);
      await shop.fault({ kind: 'timeout-after-success' }, { kind: 'down', rate: 1 });
      shop.release();
      assert.equal((await asking).state, 'sent');
      return asked;
    };

    it('goes on after a restart with what was sent and never answered', async () => {
      const asked = await authorizeAndLoseTouch();
      assert.deepEqual(await shop.theirsOf(asked.paymentId), ['authorized']);
      await shop.restart();
      await shop.fault();
      await shop.host.skip(LATER_MS);
      const { state } = await shop.staff.getPayment({ paymentId: asked.paymentId });
      assert.equal(state, 'authorized');
      assert.deepEqual(await shop.ledgerOf(asked.paymentId), ['authorized']);
      assert.deepEqual(shop.eventsOf(asked.paymentId), ['PaymentAuthorized']);
    });

    it('waits no longer than its own call for a bank that takes its time, and asks later', async () => {
      const asked = await shop.create();
      await shop.fault({ kind: 'latency' });
      const asking = shop.internal.authorize(asked);
      while ((await shop.hits())[0] === 0);
      // Less than the deadline of the call, more than it gives its provider.
      await shop.host.skip(8_500);
      await asking;
      shop.release();
      await shop.idle();
      await shop.host.skip(LATER_MS);
      const { state } = await shop.staff.getPayment({ paymentId: asked.paymentId });
      assert.equal(state, 'authorized');
      assert.deepEqual(await shop.ledgerOf(asked.paymentId), ['authorized']);
      assert.deepEqual(shop.eventsOf(asked.paymentId), ['PaymentAuthorized']);
    });

    it('voids what was authorized while the order gave it up', async () => {
      const asked = await shop.create();
      const { paymentId, orderId } = asked;
      await shop.fault({ kind: 'latency' });
      const asking = shop.internal.authorize(asked).catch((problem) => problem);
      while ((await shop.hits())[0] === 0);
      const voiding = await shop.internal.void({ paymentId, orderId });
      assert.equal(voiding.state, 'voided');
      shop.release();
      assert.ok(PaymentVoided.is(await asking));
      await shop.host.skip(LATER_MS);
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'voided']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentVoided']);
    });

    it('voids an authorization whose answer was lost, also when it turns up a minute later', async () => {
      const { paymentId, orderId } = await authorizeAndLoseTouch();
      await assert.rejects(shop.internal.void({ paymentId, orderId }), ProviderUnavailable.is);
      await shop.fault();
      for (let minute = 0; minute < 3; minute += 1) await shop.host.skip(LATER_MS);
      assert.equal((await shop.staff.getPayment({ paymentId })).state, 'voided');
      assert.deepEqual(await shop.ledgerOf(paymentId), ['authorized', 'voided']);
      assert.deepEqual(shop.eventsOf(paymentId), ['PaymentVoided']);
    });

    it('never declines a payment because its provider could not be asked', async () => {
      const asked = await shop.create();
      await shop.fault({ kind: 'down', rate: 1 });
      const answer = await shop.internal.authorize(asked).catch((problem) => problem);
      assert.ok(answer.state === 'sent' || ProviderUnavailable.is(answer));
      await shop.fault();
      assert.equal((await shop.internal.authorize(asked)).state, 'authorized');
    });
  });
}
