import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CURRENCY_EXPONENTS, type Currency, money } from '../../money.ts';
import { toDeclineReason } from './payment-states.ts';
import {
  type Authorize,
  BadEvent,
  type Outcome,
  type PaymentProvider,
  type ProviderPayment,
  type ProviderTransaction,
} from './provider.ts';

/** The cards that every provider has for tests. */
export type TestCard = 'works' | 'declined' | 'insufficientFunds' | 'challenge' | 'disputed';

/** A webhook as it came. */
export interface Delivered {
  readonly payload: Uint8Array;
  header(name: string): string | undefined;
}

/** What only a provider of one's own can be made to do. */
export interface Troubles {
  /** The next request that moves money goes wrong in this way; `undefined`: none does any more. */
  fault(kind: string | undefined): Promise<void>;
  /** Requests that the fault had a chance to hit. */
  chances(): Promise<number>;
  /** The customer's answer on the page of 3-D Secure. */
  decide(actionUrl: string, decision: 'approve' | 'reject'): Promise<void>;
  /** Time passes for the provider and the adapter. */
  advance(ms: number): void;
  /** The events sent since the last time. */
  events(): Promise<readonly Delivered[]>;
  /** The same adapter where nothing listens, and with a secret key that is not right. */
  readonly unreachable: PaymentProvider;
  readonly intruder: PaymentProvider;
}

/** A provider under test. */
export interface ProviderFixture {
  readonly provider: PaymentProvider;
  tokenOf(card: TestCard): Promise<string>;
  /** Our id of a new payment. */
  reference(): string;
  now(): number;
  /** Absent for a real provider. */
  readonly troubles?: Troubles;
  close(): Promise<void>;
}

/** Why a part of the suite can't be run; it is told with the results. */
export interface Without {
  readonly all?: string | undefined;
  readonly troubles?: string;
}

/** What the adapter must do, whoever its provider is. */
export function testProvider(
  name: string,
  start: () => Promise<ProviderFixture>,
  without: Without = {},
): void {
  describe(`the payment provider ${name}`, { skip: without.all ?? false }, () => {
    let fixture: ProviderFixture;
    let provider: PaymentProvider;
    const { signal } = new AbortController();

    before(async () => {
      fixture = await start();
      ({ provider } = fixture);
    });
    after(() => fixture.close());

    const command = async (
      card: TestCard = 'works',
      amount = 1000,
      currency: Currency = 'EUR',
    ) => ({
      kind: 'authorize' as const,
      reference: fixture.reference(),
      amount: money(amount, currency),
      token: await fixture.tokenOf(card),
      returnUrl: 'http://127.0.0.1/return',
    });
    const keyOf = ({ reference }: Authorize) => `${reference}:authorize`;
    const authorize = (asked: Authorize) => provider.execute(asked, keyOf(asked), signal);
    const authorized = async (card: TestCard = 'works', amount = 1000) =>
      paid(await authorize(await command(card, amount)));
    const capture = ({ reference, providerId, amount }: ProviderPayment) =>
      provider.execute(
        { kind: 'capture', reference, providerId, amount },
        `${reference}:capture`,
        signal,
      );
    const letGo = ({ reference, providerId }: ProviderPayment) =>
      provider.execute({ kind: 'void', reference, providerId }, `${reference}:void`, signal);
    const refund = ({ reference, providerId }: ProviderPayment, amount: number, refundId: string) =>
      provider.execute(
        { kind: 'refund', reference, providerId, refundId, amount: money(amount, 'EUR') },
        refundId,
        signal,
      );
    const find = (payment: { reference: string; providerId?: string }, wanted?: Authorize) =>
      provider.find(
        {
          reference: payment.reference,
          providerId: payment.providerId,
          wanted: wanted && { command: wanted, key: keyOf(wanted) },
        },
        signal,
      );
    const list = async (from: number, to: number) => {
      const items: ProviderTransaction[] = [];
      let cursor: string | undefined;
      do {
        const page = await provider.listTransactions({ from, to, cursor }, signal);
        items.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return items;
    };
    const linesOf = async (...references: string[]) => {
      const day = 86_400_000;
      const all = await list(fixture.now() - day, fixture.now() + day);
      return all
        .filter(({ reference }) => references.includes(reference))
        .map(({ kind, amount, currency }) => `${kind} ${amount} ${currency}`)
        .sort();
    };
    const told = (...lines: string[]) =>
      lines.filter((line) => provider.ledgerEntries.some((entry) => line.startsWith(entry))).sort();

    it('authorizes, captures, gives back in parts, and finds all of it again', async () => {
      const payment = await authorized();
      assert.equal(payment.state, 'authorized');
      assert.equal(payment.brand, 'visa');
      assert.match(payment.last4 ?? '', /^\d{4}$/);
      assert.equal(paid(await capture(payment)).state, 'captured');
      const [first, second] = [`${payment.reference}x1`, `${payment.reference}x2`];
      await refund(payment, 300, first);
      await refund(payment, 200, second);
      const found = await find(payment);
      assert.equal(found?.state, 'captured');
      assert.equal(found?.capturedAmount, 1000);
      assert.deepEqual(found?.amount, money(1000, 'EUR'));
      assert.deepEqual(
        found?.refunds.map(({ refundId, amount }) => `${refundId} ${amount}`).sort(),
        [`${first} 300`, `${second} 200`],
      );
      assert.equal(found?.disputed, false);
      const expected = told(
        ...['authorized 1000 EUR', 'captured 1000 EUR', 'refunded 300 EUR', 'refunded 200 EUR'],
      );
      assert.deepEqual(await linesOf(payment.reference, first, second), expected);
    });

    it('lets go what was authorized', async () => {
      const payment = await authorized();
      const voided = paid(await letGo(payment));
      assert.equal(voided.state, 'voided');
      assert.equal(voided.wasAuthorized, true);
      const found = await find(payment);
      assert.equal(found?.state, 'voided');
      assert.equal(found?.wasAuthorized, true);
      assert.equal((await capture(payment)).kind, 'refused');
    });

    it('tells a decline as a refusal, with its reason and the payment', async () => {
      for (const card of ['declined', 'insufficientFunds'] as const) {
        const asked = await command(card);
        const outcome = await authorize(asked);
        assert.equal(outcome.kind, 'refused');
        if (outcome.kind !== 'refused') return;
        assert.equal(toDeclineReason(outcome.reason), card);
        assert.equal(outcome.payment?.state, 'declined');
        assert.equal(outcome.payment?.reference, asked.reference);
        const again = await authorize(asked);
        assert.equal(again.kind, 'refused');
      }
    });

    it('refuses a card token that is not one', async () => {
      const asked = { ...(await command()), token: 'pm_nobody_has_this' };
      assert.equal((await authorize(asked)).kind, 'refused');
    });

    it('refuses to let go what was captured, and to give back more than that', async () => {
      const payment = await authorized();
      await capture(payment);
      assert.equal((await letGo(payment)).kind, 'refused');
      assert.equal((await refund(payment, 1001, `${payment.reference}x1`)).kind, 'refused');
      assert.equal((await find(payment))?.state, 'captured');
    });

    it('does nothing twice under one key', async () => {
      const asked = await command();
      const payment = paid(await authorize(asked));
      assert.deepEqual(paid(await authorize(asked)).providerId, payment.providerId);
      await capture(payment);
      await capture(payment);
      const refundId = `${payment.reference}x1`;
      await refund(payment, 400, refundId);
      await refund(payment, 400, refundId);
      const expected = told('authorized 1000 EUR', 'captured 1000 EUR', 'refunded 400 EUR');
      assert.deepEqual(await linesOf(payment.reference, refundId), expected);
    });

    it('does not take another command under the same key for a refusal', async () => {
      const asked = await command();
      await authorize(asked);
      const other = { ...asked, amount: money(999, 'EUR') };
      assert.equal((await authorize(other)).kind, 'unknown');
      assert.equal((await find(asked, asked))?.amount.amount, 1000);
    });

    it('takes each currency that it offers, and refuses the others untried', async () => {
      const offered = provider.clientConfig().currencies;
      for (const currency of Object.keys(CURRENCY_EXPONENTS) as Currency[]) {
        const asked = await command('works', 1230, currency);
        const outcome = await authorize(asked);
        assert.equal(outcome.kind, offered.includes(currency) ? 'done' : 'refused', currency);
        if (outcome.kind === 'done') {
          assert.deepEqual(outcome.payment.amount, money(1230, currency));
          await letGo(outcome.payment);
        }
      }
    });

    it('knows nothing of a payment that was never made', async () => {
      assert.equal(await find({ reference: fixture.reference() }), undefined);
    });

    it('finds nothing under an id that belongs to another payment', async () => {
      const { providerId } = await authorized();
      assert.equal(await find({ reference: fixture.reference(), providerId }), undefined);
    });

    it('shows pages what they need, and nothing secret', () => {
      const shown = provider.clientConfig();
      assert.equal(shown.provider, provider.name);
      assert.ok(shown.publishableKey.length > 0 && shown.currencies.length > 0);
      assert.doesNotMatch(JSON.stringify(shown), /sk_|whsec_/);
    });

    it('lists what lies in the range, each line once', async () => {
      const payment = await authorized();
      await capture(payment);
      const hour = 3_600_000;
      const lines = await list(fixture.now() - hour, fixture.now() + hour);
      assert.ok(lines.some(({ reference }) => reference === payment.reference));
      assert.equal(new Set(lines.map(({ id }) => id)).size, lines.length);
      assert.ok(lines.every(({ at }) => at >= fixture.now() - hour));
      assert.deepEqual(await list(0, 86_400_000), []);
    });

    describe('when it is in trouble', { skip: without.troubles ?? false }, () => {
      const troubles = () => fixture.troubles as Troubles;

      it('tells a lost answer as unknown; it finds what was done, and the key does no more', async () => {
        const asked = await command();
        await troubles().fault('timeout-after-success');
        assert.equal((await authorize(asked)).kind, 'unknown');
        const payment = await find(asked, asked);
        assert.equal(payment?.state, 'authorized');
        if (!payment) return;
        assert.equal(paid(await authorize(asked)).providerId, payment.providerId);
        await troubles().fault('timeout-after-success');
        assert.equal((await capture(payment)).kind, 'unknown');
        assert.equal((await find(payment))?.state, 'captured');
        assert.equal((await capture(payment)).kind, 'done');
        const refundId = `${payment.reference}x1`;
        await troubles().fault('timeout-after-success');
        assert.equal((await refund(payment, 100, refundId)).kind, 'unknown');
        assert.deepEqual((await find(payment))?.refunds, [{ refundId, amount: 100 }]);
        assert.equal((await refund(payment, 100, refundId)).kind, 'done');
        const expected = told('authorized 1000 EUR', 'captured 1000 EUR', 'refunded 100 EUR');
        assert.deepEqual(await linesOf(payment.reference, refundId), expected);
      });

      it('tells a lost void as unknown, and finds it', async () => {
        const payment = await authorized();
        await troubles().fault('timeout-after-success');
        assert.equal((await letGo(payment)).kind, 'unknown');
        assert.equal((await find(payment))?.state, 'voided');
        assert.equal((await letGo(payment)).kind, 'done');
      });

      for (const kind of ['lost-request', 'error']) {
        it(`tells ${kind} as unknown, and finds that nothing was done`, async () => {
          const asked = await command();
          await troubles().fault(kind);
          assert.equal((await authorize(asked)).kind, 'unknown');
          troubles().advance(61_000);
          assert.equal(await find(asked), undefined);
          assert.equal(paid(await authorize(asked)).state, 'authorized');
        });
      }

      it('never repeats a command of its own accord', async () => {
        for (const kind of ['lost-request', 'error']) {
          const asked = await command();
          await troubles().fault(kind);
          await authorize(asked);
          assert.equal(await troubles().chances(), 1);
        }
      });

      it('finds an authorization that nobody wants any more, as soon as it can be searched', async () => {
        const asked = await command();
        await troubles().fault('timeout-after-success');
        await authorize(asked);
        troubles().advance(61_000);
        assert.equal((await find(asked))?.state, 'authorized');
      });

      it('knows that nothing was done where nobody listens, or the key is wrong', async () => {
        const asked = await command();
        const { unreachable, intruder } = troubles();
        const outcome = await unreachable.execute(asked, keyOf(asked), signal);
        assert.equal(outcome.kind, 'notExecuted');
        const refused = await intruder.execute(asked, keyOf(asked), signal);
        assert.equal(refused.kind, 'notExecuted');
      });

      it('says that it can not be asked, instead of saying that there is nothing', async () => {
        const payment = await authorized();
        await troubles().fault('down');
        await assert.rejects(find(payment));
        await troubles().fault(undefined);
        await assert.rejects(
          troubles().unreachable.find({ ...payment, wanted: undefined }, signal),
        );
      });

      it('does nothing for a call that was given up before', async () => {
        const asked = await command();
        const outcome = await provider.execute(asked, keyOf(asked), AbortSignal.abort());
        assert.equal(outcome.kind, 'unknown');
        troubles().advance(61_000);
        assert.equal(await find(asked), undefined);
      });

      it('asks for 3-D Secure, and goes on with the customer’s answer', async () => {
        for (const decision of ['approve', 'reject'] as const) {
          const payment = await authorized('challenge');
          assert.equal(payment.state, 'actionRequired');
          await troubles().decide(payment.actionUrl ?? '', decision);
          const found = await find(payment);
          assert.equal(found?.state, decision === 'approve' ? 'authorized' : 'declined');
          if (decision === 'approve') continue;
          assert.equal(toDeclineReason(found?.declineReason), 'authenticationFailed');
        }
      });

      it('lets go what still waits for 3-D Secure', async () => {
        const payment = await authorized('challenge');
        assert.equal(paid(await letGo(payment)).state, 'voided');
        await troubles().decide(payment.actionUrl ?? '', 'approve');
        const found = await find(payment);
        assert.equal(found?.state, 'voided');
        assert.equal(found?.wasAuthorized, false);
      });

      it('tells a dispute', async () => {
        const payment = await authorized('disputed');
        await capture(payment);
        assert.equal((await find(payment))?.disputed, true);
        const expected = told('authorized 1000 EUR', 'captured 1000 EUR', 'disputed 1000 EUR');
        assert.deepEqual(await linesOf(payment.reference), expected);
      });

      it('reads the events that its provider signs: which payment they are about', async () => {
        await troubles().events();
        const payment = await authorized('disputed');
        await capture(payment);
        await refund(payment, 100, `${payment.reference}x1`);
        const events = (await troubles().events()).map(({ payload, header }) =>
          provider.readEvent(payload, header),
        );
        assert.equal(events.length, 4);
        for (const { reference, providerId } of events) {
          assert.ok(reference === payment.reference || providerId === payment.providerId);
        }
        assert.equal(new Set(events.map(({ id }) => id)).size, 4);
      });

      it('refuses an event that is forged, changed, unsigned or older than five minutes', async () => {
        await troubles().events();
        await authorized();
        const [event] = await troubles().events();
        assert.ok(event);
        const read = (payload: Uint8Array, header: Delivered['header']) => () =>
          provider.readEvent(payload, header);
        const changed = Buffer.concat([event.payload, Buffer.from(' ')]);
        assert.throws(read(changed, event.header), BadEvent);
        assert.throws(
          read(event.payload, () => undefined),
          BadEvent,
        );
        await troubles().fault('webhook-forged');
        await authorized();
        const [forged, genuine] = await troubles().events();
        assert.ok(forged && genuine);
        const outcomes = [forged, genuine].map(({ payload, header }) => {
          try {
            provider.readEvent(payload, header);
            return 'read';
          } catch (problem) {
            return problem instanceof BadEvent ? 'refused' : problem;
          }
        });
        assert.deepEqual(outcomes.sort(), ['read', 'refused']);
        troubles().advance(299_000);
        assert.doesNotThrow(read(event.payload, event.header));
        troubles().advance(3_000);
        assert.throws(read(event.payload, event.header), BadEvent);
      });
    });
  });
}

function paid(outcome: Outcome): ProviderPayment {
  assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
  if (outcome.kind !== 'done') throw new Error('not done');
  return outcome.payment;
}
