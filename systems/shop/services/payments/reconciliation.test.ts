import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { money } from '../../money.ts';
import { startPayments, type TestPayments } from './payments-fixture.ts';
import { compareLedgers } from './reconciliation.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

for (const provider of ['sandbox', 'stripe'] as const) {
  describe(`the daily reconciliation with ${provider}`, () => {
    let shop: TestPayments;
    let date: string;
    beforeEach(async () => {
      shop = await startPayments(provider);
      // Noon of a day, so that it does not end while a test is under way.
      const intoDay = shop.host.clock.now() % DAY_MS;
      await shop.host.skip(DAY_MS - intoDay + 12 * HOUR_MS);
      date = new Date(shop.host.clock.now()).toISOString().slice(0, 10);
    });
    afterEach(() => shop.stop());

    const pay = async () => {
      const asked = await shop.create();
      await shop.internal.authorize(asked);
      await shop.internal.capture({ paymentId: asked.paymentId });
      return asked;
    };
    /** To the hour into the next day at which yesterday is compared. */
    const nextDay = () => shop.host.skip(13 * HOUR_MS + 60_000);

    it('finds nothing when nothing differs, and says what it compared', async () => {
      const { paymentId } = await pay();
      await pay();
      const refund = { refundId: shop.host.ids.prefixed('rfd'), paymentId };
      await shop.internal.refund({ ...refund, amount: money(300, 'EUR') });
      await nextDay();
      const result = await shop.staff.getReconciliation({ date });
      assert.deepEqual(result.mismatches, []);
      assert.deepEqual(result.sums, [money(1700, 'EUR')]);
      assert.equal(result.entries, provider === 'sandbox' ? 5 : 3);
      assert.deepEqual(shop.published('LedgerMismatch'), []);
    });

    it('tells of money that only the provider knows of', async () => {
      await pay();
      await shop.payElsewhere('pay_elsewhere', 4200);
      await nextDay();
      const { mismatches } = await shop.staff.getReconciliation({ date });
      const captured = mismatches.find(({ entry }) => entry === 'captured');
      assert.deepEqual(captured, {
        providerReference: 'pay_elsewhere',
        entry: 'captured',
        theirs: money(4200, 'EUR'),
      });
      const told = shop.published('LedgerMismatch').filter(({ entry }) => entry === 'captured');
      assert.deepEqual(told, [{ date, ...captured }]);
    });

    it('tells of money that only we know of, and of amounts that differ', async () => {
      const first = await pay();
      const second = await pay();
      shop.tamper(`UPDATE ledger SET amount = 999
        WHERE entry = 'captured' AND payment_id = '${first.paymentId}'`);
      shop.tamper(`INSERT INTO ledger (payment_id, entry, reference, amount, currency, at)
        SELECT payment_id, 'refunded', 'rfd_never', 5, currency, at FROM ledger
        WHERE entry = 'captured' AND payment_id = '${second.paymentId}'`);
      await nextDay();
      const { mismatches } = await shop.staff.getReconciliation({ date });
      const expected = [
        {
          providerReference: first.paymentId,
          paymentId: first.paymentId,
          entry: 'captured',
          ours: money(999, 'EUR'),
          theirs: money(1000, 'EUR'),
        },
        {
          providerReference: 'rfd_never',
          paymentId: second.paymentId,
          entry: 'refunded',
          ours: money(5, 'EUR'),
        },
      ];
      assert.deepEqual(mismatches, expected);
      const told = expected.map((mismatch) => ({ date, ...mismatch }));
      assert.deepEqual(shop.published('LedgerMismatch'), told);
    });

    it('compares a day once, when the provider can be asked', async () => {
      await pay();
      await shop.fault({ kind: 'down', rate: 1 });
      await nextDay();
      await assert.rejects(shop.staff.getReconciliation({ date }));
      await shop.fault();
      await shop.host.skip(15 * 60_000);
      const { comparedAt } = await shop.staff.getReconciliation({ date });
      await shop.host.skip(15 * 60_000);
      assert.equal((await shop.staff.getReconciliation({ date })).comparedAt, comparedAt);
    });
  });
}

describe('comparing ledgers', () => {
  const line = (at: number, amount = 100) => ({
    entry: 'captured' as const,
    reference: 'pay_1',
    amount: money(amount, 'EUR'),
    at,
  });
  const isOfDay = ({ at }: { at: number }) => at >= 1000 && at < 2000;

  it('finds the counterpart of a line on the other side of midnight', () => {
    assert.deepEqual(compareLedgers([line(1999)], [line(2001)], isOfDay), []);
    assert.deepEqual(compareLedgers([line(999)], [line(1001)], isOfDay), []);
  });

  it('leaves the lines of other days to their own comparison', () => {
    assert.deepEqual(compareLedgers([line(2001)], [], isOfDay), []);
    assert.equal(compareLedgers([line(1999)], [], isOfDay).length, 1);
  });
});
