import { parseCursor, toPage } from '../../paging.ts';
import type { PaymentsDb } from './tables.ts';
import { amountOf, toPublicState } from './views.ts';

/** A page of facts when its caller does not say. */
const FACTS_DEFAULT = 200;
const KINDS = ['payment', 'ledger', 'unmatchedEvent'] as const;
type Kind = (typeof KINDS)[number];

/** A page of facts: payments, then the ledger, then events that fit nothing, each in key order. */
export async function exportFacts(
  db: PaymentsDb,
  { limit = FACTS_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
) {
  const [named, after] = parseCursor(cursor, ['payment', ''] as [string, string]) ?? [
    'payment',
    '',
  ];
  const kind = KINDS.find((each) => each === named) ?? 'payment';
  const read = { payment: readPayments, ledger: readLedger, unmatchedEvent: readUnmatched };
  const rows: { kind: Kind; key: string; fact: Fact }[] = [];
  for (const each of KINDS.slice(KINDS.indexOf(kind))) {
    if (rows.length > limit) break;
    rows.push(...(await read[each](db, each === kind ? after : '', limit + 1 - rows.length)));
  }
  return toPage(rows, limit, { item: (row) => row.fact, position: (row) => [row.kind, row.key] });
}

type Fact =
  | Awaited<ReturnType<typeof readPayments>>[number]['fact']
  | Awaited<ReturnType<typeof readLedger>>[number]['fact']
  | Awaited<ReturnType<typeof readUnmatched>>[number]['fact'];

async function readPayments(db: PaymentsDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('payment')
    .selectAll()
    .where('payment_id', '>', after)
    .orderBy('payment_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'payment' as const,
    key: row.payment_id,
    fact: {
      kind: 'payment' as const,
      paymentId: row.payment_id,
      orderId: row.order_id,
      provider: row.provider,
      ...(row.provider_id ? { providerReference: row.provider_id } : {}),
      state: toPublicState(row),
      amount: amountOf(row),
      captured: amountOf(row, row.captured),
      refunded: amountOf(row, row.refunded),
      // The ledger's unique index admits no second one.
      captures: row.captured > 0 ? 1 : 0,
    },
  }));
}

async function readLedger(db: PaymentsDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('ledger')
    .innerJoin('payment', 'payment.payment_id', 'ledger.payment_id')
    .select(['ledger.seq', 'ledger.payment_id', 'ledger.entry', 'ledger.amount', 'ledger.at'])
    .select(['ledger.currency', 'payment.provider_id'])
    .where('ledger.seq', '>', after === '' ? 0 : Number(after))
    .orderBy('ledger.seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'ledger' as const,
    key: String(row.seq),
    fact: {
      kind: 'ledger' as const,
      position: row.seq,
      paymentId: row.payment_id,
      ...(row.provider_id ? { providerReference: row.provider_id } : {}),
      entry: row.entry,
      amount: { amount: row.amount, currency: row.currency },
      at: new Date(row.at).toISOString(),
    },
  }));
}

async function readUnmatched(db: PaymentsDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('provider_event')
    .selectAll()
    .where('payment_id', 'is', null)
    .where('event_id', '>', after)
    .orderBy('event_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'unmatchedEvent' as const,
    key: row.event_id,
    fact: {
      kind: 'unmatchedEvent' as const,
      provider: row.provider,
      eventId: row.event_id,
      at: new Date(row.at).toISOString(),
    },
  }));
}
