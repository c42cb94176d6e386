import { Failure } from '@portico/contract';
import {
  CaptureRefused,
  PaymentDeclined,
  PaymentVoided,
  ProviderUnavailable,
  RefundTooLarge,
} from '../../contracts/payments.ts';
import type { Money } from '../../money.ts';
import {
  apply,
  ask,
  authorizeAtProvider,
  captureAtProvider,
  refundAtProvider,
  undoLate,
  voidAtProvider,
} from './errands.ts';
import { toDeclineReason } from './payment-states.ts';
import type { ProviderPayment } from './provider.ts';
import type { PaymentRow, PaymentsContext, PaymentsDb } from './tables.ts';
import { loadPayment, lookUpPayment } from './truth.ts';
import { amountOf, toPayment, toPublicState, toRefund } from './views.ts';

/** What orders want authorized. */
export interface AuthorizeInput {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly token: string;
  readonly returnUrl?: string | undefined;
}

/** Has the provider set an amount aside, at most once per payment, and answers with what it finds. */
export async function authorize(input: AuthorizeInput, context: PaymentsContext) {
  const { fresh, row } = await claim(input, context);
  // While the customer is at 3-D Secure, whoever asks again wants to know how that went.
  if (row.state === 'actionRequired') return answer((await ask(row, context)) ?? row);
  if (row.state !== 'sent') return answer(row);
  const settled = await authorizeAtProvider(row, context, { askFirst: !fresh });
  await undoLate(settled.row, context);
  if (settled.kind === 'refused' && settled.row.state === 'sent') {
    const declined = { ...unseen(settled.row), declineReason: settled.reason };
    return answer(await apply(settled.row, context, declined));
  }
  if (settled.kind === 'notExecuted') throw ProviderUnavailable();
  return answer(settled.row);
}

/** Takes the whole amount, once. */
export async function capture(paymentId: string, context: PaymentsContext) {
  const row = await context.transaction(async (tx) => {
    const found = await findPayment(tx.db, paymentId);
    await tx.db
      .updateTable('payment')
      .set({ capture_requested: 1, ask_at: context.clock.now() + IN_FLIGHT_MS })
      .where('payment_id', '=', paymentId)
      .where('state', '=', 'authorized')
      .execute();
    return found;
  });
  if (row.state === 'captured') return toPayment(row);
  if (row.state !== 'authorized') throw CaptureRefused({ state: toPublicState(row) });
  const settled = await captureAtProvider(row, context);
  if (settled.row.state === 'captured') return toPayment(settled.row);
  if (settled.kind === 'refused') {
    throw CaptureRefused({ state: toPublicState(settled.row) });
  }
  throw ProviderUnavailable();
}

/** Lets go what was set aside. A payment not seen yet is refused from now on. */
export async function voidPayment(
  { paymentId, orderId }: { paymentId: string; orderId: string },
  context: PaymentsContext,
) {
  const { clock, config } = context;
  const now = clock.now();
  const row = await context.transaction(async (tx) => {
    const found = await tx.db
      .selectFrom('payment')
      .selectAll()
      .where('payment_id', '=', paymentId)
      .executeTakeFirst();
    if (!found) {
      const tombstone = newRow({ paymentId, orderId }, config.provider, now);
      await tx.db.insertInto('payment').values(tombstone).execute();
      return loadPayment(tx, paymentId);
    }
    const open = ['sent', 'actionRequired', 'authorized'].includes(found.state);
    if (!open || found.capture_requested === 1) return found;
    const voided = { ...found, state: 'voided' as const, ask_at: now, updated_at: now };
    await tx.db.updateTable('payment').set(voided).where('payment_id', '=', paymentId).execute();
    const amount = amountOf(found);
    await tx.publish('PaymentVoided', { paymentId, orderId: found.order_id, amount });
    return voided;
  });
  if (row.state !== 'voided') return { paymentId, state: toPublicState(row) };
  const settled = await voidAtProvider(row, context);
  if (settled.kind === 'notExecuted' || settled.kind === 'unknown') throw ProviderUnavailable();
  return { paymentId, state: toPublicState(settled.row) };
}

/** Gives money back, once per refund id, and never more than was taken. */
export async function refund(
  input: { readonly refundId: string; readonly paymentId: string; readonly amount: Money },
  context: PaymentsContext,
) {
  const { refundId, paymentId, amount } = input;
  const now = context.clock.now();
  const claimed = await context.transaction(async (tx) => {
    const row = await findPayment(tx.db, paymentId);
    const refunds = await tx.db
      .selectFrom('refund')
      .selectAll()
      .where('payment_id', '=', paymentId)
      .execute();
    const known = refunds.find((each) => each.refund_id === refundId);
    // What was given back already, also at the provider itself, and what is on its way.
    const others = refunds.filter((each) => each !== known && each.state === 'sent');
    const left = others.reduce((rest, each) => rest - each.amount, row.captured - row.refunded);
    const refundable = amountOf(row, left);
    if (known?.state === 'refused') throw RefundTooLarge({ refundable });
    if (known) return { row, state: known.state, refundable };
    if (amount.currency !== row.currency || amount.amount < 1 || amount.amount > left) {
      throw RefundTooLarge({ refundable });
    }
    const values = { refund_id: refundId, payment_id: paymentId, amount: amount.amount };
    await tx.db
      .insertInto('refund')
      .values({ ...values, state: 'sent', created_at: now })
      .execute();
    await tx.db
      .updateTable('payment')
      .set({ ask_at: now })
      .where('payment_id', '=', paymentId)
      .execute();
    return { row, state: 'sent' as const, refundable };
  });
  const stored = { refund_id: refundId, amount: amount.amount };
  if (claimed.state === 'refunded') return toRefund(claimed.row, { ...stored, state: 'refunded' });
  const settled = await refundAtProvider(claimed.row, { refundId, amount }, context);
  if (settled.kind === 'done') return toRefund(settled.row, { ...stored, state: 'refunded' });
  if (settled.kind === 'refused') throw RefundTooLarge({ refundable: claimed.refundable });
  throw ProviderUnavailable();
}

/** Commits that the provider is about to be asked, before it is. */
async function claim(
  input: AuthorizeInput,
  { transaction, config, clock }: PaymentsContext,
): Promise<{ fresh: boolean; row: PaymentRow }> {
  return transaction(async (tx) => {
    const found = await tx.db
      .selectFrom('payment')
      .selectAll()
      .where('payment_id', '=', input.paymentId)
      .executeTakeFirst();
    if (found) return { fresh: false, row: found };
    const row = newRow(input, config.provider, clock.now());
    await tx.db.insertInto('payment').values(row).execute();
    return { fresh: true, row: await loadPayment(tx, input.paymentId) };
  });
}

function newRow(
  input: Pick<AuthorizeInput, 'paymentId' | 'orderId'> & Partial<AuthorizeInput>,
  provider: string,
  now: number,
): PaymentRow {
  const asked = input.token !== undefined;
  return {
    payment_id: input.paymentId,
    order_id: input.orderId,
    provider,
    provider_id: null,
    state: asked ? 'sent' : 'voided',
    provider_state: null,
    amount: input.amount?.amount ?? 0,
    currency: input.amount?.currency ?? 'EUR',
    token: input.token ?? null,
    return_url: input.returnUrl ?? null,
    brand: null,
    last_four: null,
    decline_reason: null,
    action_url: null,
    action_expires_at: null,
    capture_requested: 0,
    captured: 0,
    refunded: 0,
    // The job looks after it if this process dies, but leaves the call that is under way its time.
    ask_at: asked ? now + IN_FLIGHT_MS : null,
    asked: 0,
    created_at: now,
    updated_at: now,
  };
}

/** No call that asks a provider lasts longer: an operation has 10 s. */
const IN_FLIGHT_MS = 15_000;

/** A refusal before the provider made a payment of it: a used token, a currency it does not take. */
function unseen(row: PaymentRow): ProviderPayment {
  return {
    providerId: '',
    reference: row.payment_id,
    state: 'declined',
    declineReason: undefined,
    actionUrl: undefined,
    brand: undefined,
    last4: undefined,
    amount: amountOf(row),
    wasAuthorized: false,
    capturedAmount: 0,
    refunds: [],
    disputed: false,
  };
}

function answer(row: PaymentRow) {
  if (row.state === 'declined') {
    throw PaymentDeclined({ reason: row.decline_reason ?? toDeclineReason(undefined) });
  }
  if (row.state === 'voided') throw PaymentVoided();
  return toPayment(row);
}

/** The payment. @throws {Failure} `not-found`. */
export async function findPayment(db: PaymentsDb, paymentId: string): Promise<PaymentRow> {
  const row = await lookUpPayment(db, paymentId);
  if (row) return row;
  throw Failure.rejected('not-found', 'There is no such payment.');
}
