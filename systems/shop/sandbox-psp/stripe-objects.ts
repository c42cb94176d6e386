import type { DatabaseSync } from 'node:sqlite';
import type { Metadata, Notice, Payment } from './payments.ts';

/** A line of the ledger. */
export interface LedgerRow {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly payment: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
}

/** How an object is to be shown. */
export interface View {
  /** Whether what `path` names is shown as an object instead of an id. */
  expands(path: string): boolean;
  /** `http://127.0.0.1:8081`, for the address of the 3-D Secure page; not known in events. */
  readonly origin?: string;
}

const STATUS: Readonly<Record<Payment['state'], string>> = {
  actionRequired: 'requires_action',
  authorized: 'requires_capture',
  captured: 'succeeded',
  declined: 'requires_payment_method',
  voided: 'canceled',
};
const EVENT_TYPES: Readonly<Record<string, string>> = {
  'payment.action_required': 'payment_intent.requires_action',
  'payment.authorized': 'payment_intent.amount_capturable_updated',
  'payment.declined': 'payment_intent.payment_failed',
  'payment.captured': 'payment_intent.succeeded',
  'payment.voided': 'payment_intent.canceled',
  'payment.refunded': 'charge.refunded',
  'payment.disputed': 'charge.dispute.created',
};
const MESSAGES: Readonly<Record<string, string>> = {
  card_declined: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  authentication_failed: 'We are unable to authenticate your payment method.',
};

/** Stripe's id for something of ours: `pi_` for a payment, `ch_` for its charge, `re_` for a refund. */
export function toStripeId(prefix: string, id: string): string {
  return `${prefix}_${id.slice(id.indexOf('_') + 1)}`;
}

/** A PaymentIntent. */
export function toIntent(database: DatabaseSync, payment: Payment, { expands, origin }: View) {
  const charge = toCharge(database, payment);
  const waits = payment.state === 'actionRequired';
  return {
    id: toStripeId('pi', payment.id),
    object: 'payment_intent',
    amount: payment.amount,
    amount_capturable: payment.state === 'authorized' ? payment.amount : 0,
    amount_received: payment.captured,
    canceled_at: null,
    capture_method: 'manual',
    confirmation_method: 'automatic',
    created: toSeconds(payment.createdAt),
    currency: payment.currency.toLowerCase(),
    last_payment_error: payment.state === 'declined' ? toCardError(payment) : null,
    latest_charge: expands('latest_charge') ? charge : (charge?.id ?? null),
    livemode: false,
    metadata: readMetadata(database, payment.id) ?? { reference: payment.reference },
    next_action: waits && origin ? toNextAction(payment, origin) : null,
    payment_method: expands('payment_method') ? toMethod(payment) : toMethod(payment).id,
    allowed_payment_method_types: ['card'],
    status: STATUS[payment.state],
  };
}

/** What stands in the place of an intent when its card was declined. */
export function toCardError(payment: Payment) {
  const reason = payment.declineReason ?? 'card_declined';
  const declined = reason === 'insufficient_funds' || reason === 'card_declined';
  const code = declined ? 'card_declined' : reason;
  return {
    type: reason === 'authentication_failed' ? 'invalid_request_error' : 'card_error',
    code: reason === 'authentication_failed' ? 'payment_intent_authentication_failure' : code,
    ...(declined ? { decline_code: reason === 'card_declined' ? 'generic_decline' : reason } : {}),
    message: MESSAGES[reason] ?? 'Your card was declined.',
    payment_method: toMethod(payment),
  };
}

/** A Refund. */
export function toRefund(database: DatabaseSync, row: LedgerRow) {
  return {
    id: toStripeId('re', row.id),
    object: 'refund',
    amount: row.amount,
    charge: toStripeId('ch', row.payment),
    created: toSeconds(row.at),
    currency: row.currency.toLowerCase(),
    metadata: readMetadata(database, row.id) ?? { reference: row.reference },
    payment_intent: toStripeId('pi', row.payment),
    status: 'succeeded',
  };
}

/** A BalanceTransaction: a line of the ledger that moved money. */
export function toBalanceTransaction(
  database: DatabaseSync,
  row: LedgerRow,
  { payment, expands }: View & { readonly payment: Payment },
) {
  const source = (() => {
    if (row.kind === 'captured') return toCharge(database, payment);
    return row.kind === 'refunded' ? toRefund(database, row) : toDispute(row);
  })();
  const amount = row.kind === 'captured' ? row.amount : -row.amount;
  const types: Readonly<Record<string, readonly [string, string]>> = {
    captured: ['charge', 'charge'],
    refunded: ['refund', 'refund'],
    disputed: ['adjustment', 'dispute'],
  };
  const [type, category] = types[row.kind] ?? ['', ''];
  return {
    id: row.id,
    object: 'balance_transaction',
    amount,
    created: toSeconds(row.at),
    currency: row.currency.toLowerCase(),
    fee: 0,
    net: amount,
    reporting_category: category,
    source: expands('data.source') ? source : (source?.id ?? null),
    status: 'available',
    type,
  };
}

/** An Event, around what it tells of. */
export function toStripeEvent(
  database: DatabaseSync,
  { type, payment }: Notice,
  { id, now }: { readonly id: string; readonly now: number },
) {
  const object = (() => {
    if (type === 'payment.refunded') return toCharge(database, payment);
    if (type !== 'payment.disputed') return toIntent(database, payment, { expands: () => false });
    const row = readLedger(database, payment.id).find(({ kind }) => kind === 'disputed');
    return row ? toDispute(row) : null;
  })();
  return {
    id,
    object: 'event',
    created: toSeconds(now),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    type: EVENT_TYPES[type] ?? type,
  };
}

/** What the ledger holds of a payment, oldest first. */
export function readLedger(database: DatabaseSync, payment: string): LedgerRow[] {
  const rows = database
    .prepare('SELECT * FROM ledger WHERE payment = ? ORDER BY seq')
    .all(payment) as unknown;
  return rows as LedgerRow[];
}

/** The charge of an intent, once its bank was asked. */
function toCharge(database: DatabaseSync, payment: Payment) {
  const ledger = readLedger(database, payment.id);
  const asked = ledger.some(({ kind }) => kind === 'authorized' || kind === 'declined');
  if (!asked) return null;
  return {
    id: toStripeId('ch', payment.id),
    object: 'charge',
    amount: payment.amount,
    amount_captured: payment.captured,
    amount_refunded: payment.refunded,
    captured: payment.captured > 0,
    created: toSeconds(payment.createdAt),
    currency: payment.currency.toLowerCase(),
    disputed: ledger.some(({ kind }) => kind === 'disputed'),
    metadata: readMetadata(database, payment.id) ?? { reference: payment.reference },
    paid: payment.state !== 'declined',
    payment_intent: toStripeId('pi', payment.id),
    payment_method: toMethod(payment).id,
    payment_method_details: { type: 'card', card: toMethod(payment).card },
    refunded: payment.captured > 0 && payment.refunded === payment.captured,
    status: payment.state === 'declined' ? 'failed' : 'succeeded',
  };
}

function toDispute(row: LedgerRow) {
  return {
    id: toStripeId('dp', row.id),
    object: 'dispute',
    amount: row.amount,
    charge: toStripeId('ch', row.payment),
    created: toSeconds(row.at),
    currency: row.currency.toLowerCase(),
    metadata: {},
    payment_intent: toStripeId('pi', row.payment),
    reason: 'fraudulent',
    status: 'needs_response',
  };
}

function toMethod({ id, card }: Payment) {
  return {
    id: toStripeId('pm', id),
    object: 'payment_method',
    type: 'card',
    card: { brand: card.brand, last4: card.last4 },
  };
}

function toNextAction({ challenge, returnUrl }: Payment, origin: string) {
  const url = `${origin}/challenges/${challenge}`;
  return { type: 'redirect_to_url', redirect_to_url: { url, return_url: returnUrl } };
}

function readMetadata(database: DatabaseSync, owner: string): Metadata | undefined {
  const row = database.prepare('SELECT metadata FROM stripe_metadata WHERE owner = ?').get(owner);
  return row && (JSON.parse(String(row.metadata)) as Metadata);
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
