import type { DatabaseSync } from 'node:sqlite';
import { toAnswer } from './api.ts';
import { type Payment, type Payments, type Row, toPayment } from './payments.ts';
import { Problem } from './problem.ts';
import type { Answer } from './replay.ts';
import type { Form } from './stripe-form.ts';
import { type LedgerRow, readLedger, toBalanceTransaction, toRefund } from './stripe-objects.ts';

/** Stripe says that what is written can be searched within a minute. */
const SEARCH_LAG_MS = 60_000;
const PAGE_DEFAULT = 10;
const PAGE_MAX = 100;
const QUERY = /^metadata\['(\w{1,40})'\]:'([^']{1,500})'$/;

/** Our id of a payment that Stripe's face calls `pi_…`. */
export function toOurId(intent: string): string {
  return intent.startsWith('pi_') ? `pay_${intent.slice('pi_'.length)}` : intent;
}

/** Payments by what a shop keeps beside them, but for those too new to be found. @throws {Problem} 400. */
export function findByMetadata(database: DatabaseSync, query: string, now: number): Payment[] {
  const [, key, value] = QUERY.exec(query) ?? [];
  if (key === undefined || value === undefined) {
    throw new Problem(400, 'not_imitated', "Search for metadata['key']:'value' only.");
  }
  const rows = database
    .prepare(
      `SELECT payment.* FROM payment JOIN stripe_metadata ON owner = payment.id
       WHERE metadata ->> ? = ? AND created_at <= ? ORDER BY created_at DESC`,
    )
    .all(`$.${key}`, value, now - SEARCH_LAG_MS);
  return rows.map((row) => toPayment(row as Row));
}

/** `GET /v1/refunds`: those of one intent, newest first. */
export function listRefunds(database: DatabaseSync, form: Form): Answer {
  const rows = readLedger(database, toOurId(form.required('payment_intent')));
  const refunds = rows.filter(({ kind }) => kind === 'refunded').reverse();
  const items = refunds.map((row) => toRefund(database, row));
  return toList(items, sizeOf(form));
}

/** `GET /v1/balance_transactions`: what moved money, newest first. */
export function listBalance(
  { database, payments }: { readonly database: DatabaseSync; readonly payments: Payments },
  form: Form,
): Answer {
  const size = sizeOf(form);
  const after = form.text('starting_after');
  const rows = database
    .prepare(
      `SELECT * FROM ledger WHERE kind IN ('captured', 'refunded', 'disputed')
         AND at >= ? AND at < ? AND seq < coalesce((SELECT seq FROM ledger WHERE id = ?), seq + 1)
       ORDER BY seq DESC LIMIT ?`,
    )
    .all(
      (form.whole('created[gte]') ?? 0) * 1000,
      (form.whole('created[lt]') ?? Number.MAX_SAFE_INTEGER / 1000) * 1000,
      after ?? '',
      size + 1,
    ) as unknown as LedgerRow[];
  const items = rows.map((row) => {
    const payment = payments.get(row.payment);
    return toBalanceTransaction(database, row, { payment, expands: form.expands });
  });
  return toList(items, size);
}

function toList(items: readonly object[], size: number): Answer {
  const data = items.slice(0, size);
  return toAnswer(200, { object: 'list', data, has_more: items.length > size });
}

function sizeOf(form: Form): number {
  const size = form.whole('limit', 1) ?? PAGE_DEFAULT;
  if (size <= PAGE_MAX) return size;
  throw new Problem(400, 'parameter_invalid_integer', `limit is at most ${PAGE_MAX}.`);
}
