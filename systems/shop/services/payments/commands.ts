import { Failure } from '@portico/contract';
import {
  CaptureRefused,
  PaymentDeclined,
  PaymentVoided,
  ProviderUnavailable,
  RefundTooLarge,
} from '../../contracts/payments.ts';
import type { Money } from '../../money.ts';
import { createProvider } from './config.ts';
import { toDeclineReason } from './payment-states.ts';
import type { Command, ProviderPayment } from './provider.ts';
import type { PaymentRow, PaymentsContext, PaymentsDb } from './tables.ts';
import { applyTruth, loadPayment } from './truth.ts';
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
  const command: Command = {
    kind: 'authorize',
    reference: row.payment_id,
    amount: amountOf(row),
    token: input.token,
    returnUrl: input.returnUrl,
  };
  const settled = await carryOut(row, context, {
    command,
    key: `${row.payment_id}:authorize`,
    askFirst: !fresh,
    isDone: (payment) => payment !== undefined,
  });
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
      .where('state', '!=', 'refused')
      .execute();
    const known = refunds.find((each) => each.refund_id === refundId);
    const left = row.captured - refunds.reduce((total, each) => total + each.amount, 0);
    if (known) return { row, state: known.state, left };
    if (amount.currency !== row.currency || amount.amount < 1 || amount.amount > left) {
      throw RefundTooLarge({ refundable: amountOf(row, left) });
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
    return { row, state: 'sent' as const, left: left - amount.amount };
  });
  const stored = { refund_id: refundId, amount: amount.amount };
  if (claimed.state === 'refunded') return toRefund(claimed.row, { ...stored, state: 'refunded' });
  const settled = await refundAtProvider(claimed.row, { refundId, amount }, context);
  if (settled.kind === 'done') return toRefund(settled.row, { ...stored, state: 'refunded' });
  if (settled.kind === 'refused') {
    await context.transaction(({ db }) =>
      db
        .updateTable('refund')
        .set({ state: 'refused' })
        .where('refund_id', '=', refundId)
        .where('state', '=', 'sent')
        .execute(),
    );
    throw RefundTooLarge({ refundable: amountOf(claimed.row, claimed.left) });
  }
  throw ProviderUnavailable();
}

/** Has the provider take the money that we decided to take. */
export async function captureAtProvider(
  row: PaymentRow,
  context: PaymentsContext,
): Promise<Settled> {
  const named = { reference: row.payment_id, providerId: row.provider_id ?? '' };
  const settled = await carryOut(row, context, {
    command: { kind: 'capture', ...named, amount: amountOf(row) },
    key: `${row.payment_id}:capture`,
    askFirst: row.capture_requested === 1,
    isDone: (payment) => payment?.state === 'captured',
  });
  if (settled.kind !== 'refused' || settled.row.state === 'captured') return settled;
  // Final: from now on the payment can be voided again.
  await context.transaction(({ db }) =>
    db
      .updateTable('payment')
      .set({ capture_requested: 0, ask_at: null })
      .where('payment_id', '=', row.payment_id)
      .execute(),
  );
  return settled;
}

/** Has the provider let go what we decided to let go; also an authorization that arrived late. */
export async function voidAtProvider(row: PaymentRow, context: PaymentsContext): Promise<Settled> {
  // A tombstone: nothing was ever asked of the provider.
  if (row.token === null) return { kind: 'done', row };
  const found = row.provider_id ? row : await ask(row, context);
  if (found === undefined) return { kind: 'unknown', row };
  const { provider_state: known } = found;
  if (known !== 'authorized' && known !== 'actionRequired') return { kind: 'done', row: found };
  const named = { reference: row.payment_id, providerId: found.provider_id ?? '' };
  return carryOut(found, context, {
    command: { kind: 'void', ...named },
    key: `${row.payment_id}:void`,
    askFirst: false,
    isDone: (payment) => payment?.state === 'voided',
  });
}

/** Has the provider give money back. */
export function refundAtProvider(
  row: PaymentRow,
  { refundId, amount }: { readonly refundId: string; readonly amount: Money },
  context: PaymentsContext,
): Promise<Settled> {
  const named = { reference: row.payment_id, providerId: row.provider_id ?? '' };
  return carryOut(row, context, {
    command: { kind: 'refund', ...named, refundId, amount },
    key: refundId,
    askFirst: false,
    isDone: (payment) => payment?.refunds.some((each) => each.refundId === refundId) ?? false,
  });
}

/** Asks the provider for the truth and keeps it. `undefined`: it could not be asked. */
export async function ask(
  row: PaymentRow,
  context: PaymentsContext,
): Promise<PaymentRow | undefined> {
  const found = await look(row, context);
  return found.asked ? apply(row, context, found.payment) : undefined;
}

/** How something that the provider was told to do has ended, and the payment after it. */
export interface Settled {
  readonly kind: 'done' | 'refused' | 'notExecuted' | 'unknown';
  readonly row: PaymentRow;
  readonly reason?: string;
}

interface Errand {
  readonly command: Command;
  readonly key: string;
  /** Whether the command may have been carried out before. */
  readonly askFirst: boolean;
  isDone(payment: ProviderPayment | undefined): boolean;
}

async function carryOut(
  row: PaymentRow,
  context: PaymentsContext,
  { command, key, askFirst, isDone }: Errand,
): Promise<Settled> {
  if (askFirst) {
    const found = await look(row, context);
    if (!found.asked) return { kind: 'unknown', row };
    if (isDone(found.payment))
      return { kind: 'done', row: await apply(row, context, found.payment) };
  }
  const provider = createProvider(context.config, () => context.clock.now());
  const outcome = await provider.execute(command, key, context.signal);
  if (outcome.kind === 'done' || outcome.kind === 'refused') {
    // The whole truth, since a command's own answer may lack what came before it.
    const found = await look(row, context);
    const truth = found.asked ? found.payment : outcome.payment;
    const reason = outcome.kind === 'refused' ? outcome.reason : '';
    return { kind: outcome.kind, row: await apply(row, context, truth), reason };
  }
  context.log.warn({ key, outcome }, 'The payment provider did not say what it did.');
  if (outcome.kind === 'notExecuted') return { kind: 'notExecuted', row };
  const found = await look(row, context);
  if (!found.asked) return { kind: 'unknown', row };
  const now = await apply(row, context, found.payment);
  return { kind: isDone(found.payment) ? 'done' : 'unknown', row: now };
}

async function look(row: PaymentRow, { config, clock, signal, log }: PaymentsContext) {
  const provider = createProvider(config, () => clock.now());
  try {
    const payment = await provider.find(row.payment_id, signal);
    return { asked: true, payment } as const;
  } catch (problem) {
    log.warn({ paymentId: row.payment_id, problem: String(problem) }, 'The provider is silent.');
    return { asked: false } as const;
  }
}

function apply(
  { payment_id: paymentId }: PaymentRow,
  { transaction, clock }: PaymentsContext,
  truth: ProviderPayment | undefined,
): Promise<PaymentRow> {
  return transaction((tx) => applyTruth(tx, paymentId, { truth, now: clock.now() }));
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

/** No call to a provider lasts longer. */
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
  const row = await db
    .selectFrom('payment')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
  if (row) return row;
  throw Failure.rejected('not-found', 'There is no such payment.');
}
