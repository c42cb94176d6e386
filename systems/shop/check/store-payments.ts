import { money, parseCurrency } from '../money.ts';
import { present } from '../subject.ts';
import type { LedgerFact, PaymentFact, ProviderEntry, UnmatchedFact } from './facts.ts';
import type { Row, StoreReader } from './store-reader.ts';

/** What payments' own file says of payments, its ledger, and events that fit nothing. */
export function readPayments(store: StoreReader): (PaymentFact | LedgerFact | UnmatchedFact)[] {
  const ledger = store.rows(
    `SELECT ledger.*, payment.provider_id FROM ledger JOIN payment USING (payment_id) ORDER BY seq`,
  );
  const unmatched = store.rows(
    `SELECT * FROM provider_event WHERE payment_id IS NULL ORDER BY event_id`,
  );
  return [
    ...store.rows('SELECT * FROM payment ORDER BY payment_id').map(toPayment),
    ...ledger.map(toEntry),
    ...unmatched.map(
      (row): UnmatchedFact => ({
        kind: 'unmatchedEvent',
        provider: row.text('provider'),
        eventId: row.text('event_id'),
        at: row.instant('at'),
      }),
    ),
  ];
}

/** The provider's ledger, from the sandbox's own file. */
export function readProviderLedger(store: StoreReader): ProviderEntry[] {
  return store.rows('SELECT * FROM ledger ORDER BY seq').map((row) => ({
    payment: row.text('payment'),
    reference: row.text('reference'),
    entry: row.text('kind'),
    amount: amountOf(row),
  }));
}

function toPayment(row: Row): PaymentFact {
  const captured = row.number('captured');
  const refunded = row.number('refunded');
  const stored = row.text('state') as PaymentFact['state'];
  const returned = refunded < captured ? 'partlyRefunded' : 'refunded';
  return {
    kind: 'payment',
    paymentId: row.text('payment_id'),
    orderId: row.text('order_id'),
    provider: row.text('provider'),
    ...present('providerReference', row.optional('provider_id')),
    state: stored === 'captured' && refunded > 0 ? returned : stored,
    amount: amountOf(row),
    captured: amountOf(row, captured),
    refunded: amountOf(row, refunded),
    captures: captured > 0 ? 1 : 0,
  };
}

function toEntry(row: Row): LedgerFact {
  return {
    kind: 'ledger',
    position: row.number('seq'),
    paymentId: row.text('payment_id'),
    ...present('providerReference', row.optional('provider_id')),
    entry: row.text('entry') as LedgerFact['entry'],
    amount: amountOf(row),
    at: row.instant('at'),
  };
}

function amountOf(row: Row, amount = row.number('amount')) {
  return money(amount, parseCurrency(row.text('currency')));
}
