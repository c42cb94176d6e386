import { prepared } from '@portico/store';
import { advance, ledgerOf, toDeclineReason } from './payment-states.ts';
import type { LedgerEntry, ProviderPayment } from './provider.ts';
import { toRefundId } from './refund-id.ts';
import type { PaymentRow, PaymentsDb, PaymentsTables, PaymentsTransaction } from './tables.ts';
import { amountOf } from './views.ts';

/** How long a customer has for 3-D Secure; an order waits no longer. */
export const ACTION_MS = 12 * 60_000;
/** As long as an order can be waiting for its answer, it is asked for without growing pauses. */
const SENT_MS = 15 * 60_000;
/** The first pause before the provider is asked again; each further one is twice as long. */
const ASK_FIRST_MS = 5_000;
/** The longest pause: a lost webhook is noticed within it. */
const ASK_LAST_MS = 60_000;
/** An authorization that was never found is not looked for any longer: its key has long ended. */
const ASK_GIVE_UP_MS = 24 * 60 * 60_000;

interface OfPayment {
  readonly paymentId: string;
}

const paymentById = prepared((db: PaymentsDb, { paymentId }: OfPayment) =>
  db.selectFrom('payment').selectAll().where('payment_id', '=', paymentId),
);

const noteAsked = prepared(
  (db: PaymentsDb, { paymentId, askAt }: OfPayment & { readonly askAt: number | null }) =>
    db
      .updateTable('payment')
      .set(({ eb }) => ({ ask_at: askAt, asked: eb('asked', '+', 1) }))
      .where('payment_id', '=', paymentId),
);

const openRefundOf = prepared((db: PaymentsDb, { paymentId }: OfPayment) =>
  db
    .selectFrom('refund')
    .select('refund_id')
    .where('payment_id', '=', paymentId)
    .where('state', '=', 'sent')
    .limit(1),
);

const insertEntry = prepared((db: PaymentsDb, line: Omit<PaymentsTables['ledger'], 'seq'>) => {
  const { payment_id, currency, entry, reference, amount, at } = line;
  return db
    .insertInto('ledger')
    .values({ payment_id, currency, entry, reference, amount, at })
    .onConflict((conflict) => conflict.columns(['payment_id', 'entry', 'reference']).doNothing());
});

/**
 * Brings a payment to what its provider says of it: states, ledger and events in one transaction. May
 * be told the same any number of times, in any order. Returns the row as it is then.
 */
export async function applyTruth(
  transaction: PaymentsTransaction,
  paymentId: string,
  told: { readonly truth: ProviderPayment | undefined; readonly now: number },
): Promise<PaymentRow> {
  const { truth, now } = told;
  let row = await loadPayment(transaction, paymentId);
  if (truth) {
    row = await learn(transaction, row, { truth, now });
    row = await learnRefunds(transaction, row, { truth, now });
  }
  const askAt = await nextAsk(transaction, row, now);
  await noteAsked(transaction.db, { paymentId, askAt });
  return row;
}

/** The payment, if there is one. */
export async function lookUpPayment(
  db: PaymentsDb,
  paymentId: string,
): Promise<PaymentRow | undefined> {
  return (await paymentById(db, { paymentId })).rows[0];
}

/** The payment, which is known to exist. */
export async function loadPayment(
  { db }: PaymentsTransaction,
  paymentId: string,
): Promise<PaymentRow> {
  const row = await lookUpPayment(db, paymentId);
  if (!row) throw new Error(`There is no payment ${paymentId}.`);
  return row;
}

interface Told {
  readonly truth: ProviderPayment;
  readonly now: number;
}

async function learn(
  transaction: PaymentsTransaction,
  row: PaymentRow,
  { truth, now }: Told,
): Promise<PaymentRow> {
  const entries = ledgerOf(truth.state, truth.wasAuthorized);
  if (truth.disputed) entries.push('disputed');
  const added: LedgerEntry[] = [];
  for (const entry of entries) {
    const line = { entry, reference: row.payment_id, amount: row.amount, at: now };
    if (await record(transaction, row, line)) added.push(entry);
  }
  const moves = advance(row.state, truth.state);
  const state = moves.at(-1) ?? row.state;
  const acts = state === 'actionRequired';
  const next: PaymentRow = {
    ...row,
    state,
    provider_state: truth.state,
    provider_id: truth.providerId,
    brand: truth.brand ?? row.brand,
    last_four: truth.last4 ?? row.last_four,
    decline_reason: state === 'declined' ? toDeclineReason(truth.declineReason) : null,
    action_url: acts ? (truth.actionUrl ?? null) : null,
    action_expires_at: acts ? (row.action_expires_at ?? now + ACTION_MS) : null,
    captured: state === 'captured' ? row.amount : row.captured,
    updated_at: moves.length > 0 ? now : row.updated_at,
  };
  await transaction.db
    .updateTable('payment')
    .set(next)
    .where('payment_id', '=', row.payment_id)
    .execute();
  for (const move of moves) await announce(transaction, next, move);
  if (added.includes('disputed')) await transaction.publish('PaymentDisputed', facts(next));
  return next;
}

async function announce(
  { publish }: PaymentsTransaction,
  row: PaymentRow,
  state: PaymentRow['state'],
): Promise<void> {
  if (state === 'actionRequired') {
    const expiresAt = new Date(row.action_expires_at ?? 0).toISOString();
    await publish('PaymentActionRequired', { ...facts(row), expiresAt });
  }
  if (state === 'authorized') await publish('PaymentAuthorized', facts(row));
  if (state === 'captured') await publish('PaymentCaptured', facts(row));
  if (state === 'voided') await publish('PaymentVoided', facts(row));
  if (state === 'declined') {
    const reason = row.decline_reason ?? 'declined';
    await publish('PaymentDeclined', { ...facts(row), reason });
  }
}

async function learnRefunds(
  transaction: PaymentsTransaction,
  row: PaymentRow,
  { truth, now }: Told,
): Promise<PaymentRow> {
  let { refunded } = row;
  for (const { refundId, amount } of truth.refunds) {
    const line = { entry: 'refunded' as const, reference: refundId, amount, at: now };
    if (!(await record(transaction, row, line))) continue;
    refunded += amount;
    await transaction.db
      .updateTable('refund')
      .set({ state: 'refunded' })
      .where('refund_id', '=', refundId)
      .execute();
    await transaction.db
      .updateTable('payment')
      .set({ refunded, updated_at: now })
      .where('payment_id', '=', row.payment_id)
      .execute();
    await transaction.publish('PaymentRefunded', {
      ...facts(row),
      refundId: toRefundId(refundId),
      refunded: amountOf(row, refunded),
    });
  }
  return { ...row, refunded };
}

/** Adds a line to the ledger; false when it stands there already. */
async function record(
  { db }: PaymentsTransaction,
  row: PaymentRow,
  line: { entry: LedgerEntry; reference: string; amount: number; at: number },
): Promise<boolean> {
  const { payment_id, currency } = row;
  const { numAffectedRows = 0n } = await insertEntry(db, { payment_id, currency, ...line });
  return numAffectedRows > 0n;
}

/** When the provider is to be asked again; null when nothing about the payment is open. */
async function nextAsk({ db }: PaymentsTransaction, row: PaymentRow, now: number) {
  const hurries = row.state === 'sent' && now - row.created_at < SENT_MS;
  const growing = Math.min(ASK_FIRST_MS * 2 ** Math.min(row.asked, 10), ASK_LAST_MS);
  const pause = hurries ? ASK_FIRST_MS : growing;
  const [open] = (await openRefundOf(db, { paymentId: row.payment_id })).rows;
  const undone =
    row.state === 'voided' &&
    (row.provider_state === null
      ? row.token !== null && now - row.created_at < ASK_GIVE_UP_MS
      : row.provider_state === 'authorized' || row.provider_state === 'actionRequired');
  const waits =
    row.state === 'sent' ||
    row.state === 'actionRequired' ||
    (row.state === 'authorized' && row.capture_requested === 1);
  return waits || undone || open ? now + pause : null;
}

function facts(row: PaymentRow) {
  return { paymentId: row.payment_id, orderId: row.order_id, amount: amountOf(row) };
}
