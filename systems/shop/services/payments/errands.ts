import type { Money } from '../../money.ts';
import { createProvider } from './create-provider.ts';
import type { Authorize, Command, ProviderPayment, Sought } from './provider.ts';
import type { PaymentRow, PaymentsContext } from './tables.ts';
import { applyTruth } from './truth.ts';
import { amountOf } from './views.ts';

/** A look at a payment is quick, or told as silence: there is time left for it after a lost answer. */
const LOOK_MS = 2_000;
/** A bank may take its time with an authorization. */
const EXECUTE_MS = 20_000;
/** Providers keep keys for a day at least. Nearly as old, a key is not used any more. */
const KEY_LIFE_MS = 23 * 60 * 60_000;

/** Has the provider set the amount aside. */
export function authorizeAtProvider(
  row: PaymentRow,
  context: PaymentsContext,
  { askFirst }: { readonly askFirst: boolean },
): Promise<Settled> {
  return carryOut(row, context, {
    command: toAuthorize(row),
    key: `${row.payment_id}:authorize`,
    askFirst,
    isDone: (payment) => payment !== undefined,
  });
}

/** Voids at once what was authorized after we had given the payment up. */
export async function undoLate(row: PaymentRow, context: PaymentsContext): Promise<void> {
  const late = row.provider_state === 'authorized' || row.provider_state === 'actionRequired';
  if (row.state === 'voided' && late) await voidAtProvider(row, context);
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
export async function refundAtProvider(
  row: PaymentRow,
  { refundId, amount }: { readonly refundId: string; readonly amount: Money },
  context: PaymentsContext,
): Promise<Settled> {
  const named = { reference: row.payment_id, providerId: row.provider_id ?? '' };
  const settled = await carryOut(row, context, {
    command: { kind: 'refund', ...named, refundId, amount },
    key: refundId,
    askFirst: false,
    isDone: (payment) => payment?.refunds.some((each) => each.refundId === refundId) ?? false,
  });
  if (settled.kind !== 'refused') return settled;
  // Final: what it had claimed can be given back in another way.
  await context.transaction(({ db }) =>
    db
      .updateTable('refund')
      .set({ state: 'refused' })
      .where('refund_id', '=', refundId)
      .where('state', '=', 'sent')
      .execute(),
  );
  return settled;
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
  const provider = await createProvider(context.config, () => context.clock.now());
  const left = context.remainingMs() - LOOK_MS;
  const timeoutMs = Math.max(LOOK_MS, Math.min(left, EXECUTE_MS));
  const outcome = await within(timeoutMs, context, (signal) =>
    provider.execute(command, key, signal),
  );
  if (outcome.kind === 'done' || outcome.kind === 'refused') {
    // The whole truth, since a command's own answer may lack what came before it.
    const known = outcome.payment ? { ...row, provider_id: outcome.payment.providerId } : row;
    const found = await look(known, context);
    const truth = (found.asked ? found.payment : undefined) ?? outcome.payment;
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

/** Asks the provider about a payment, and keeps nothing. */
export async function look(row: PaymentRow, context: PaymentsContext) {
  const { config, clock, log } = context;
  const provider = await createProvider(config, () => clock.now());
  const sought = toSought(row, clock.now());
  try {
    const payment = await within(LOOK_MS, context, (signal) => provider.find(sought, signal));
    return { asked: true, payment } as const;
  } catch (problem) {
    log.warn({ paymentId: row.payment_id, problem: String(problem) }, 'The provider is silent.');
    return { asked: false } as const;
  }
}

/** Runs `work` with a signal that ends it after `timeoutMs`, or with the call. */
async function within<T>(
  timeoutMs: number,
  { timers, signal }: PaymentsContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = timers.after(timeoutMs, () => late.abort(new Error('The provider is late.')));
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    timer.cancel();
  }
}

function toSought(row: PaymentRow, now: number): Sought {
  const wanted = row.state === 'sent' && now - row.created_at < KEY_LIFE_MS;
  return {
    reference: row.payment_id,
    providerId: row.provider_id ?? undefined,
    wanted: wanted ? { command: toAuthorize(row), key: `${row.payment_id}:authorize` } : undefined,
  };
}

/** The same for every attempt: it is made of what was stored before the first one. */
function toAuthorize(row: PaymentRow): Authorize {
  return {
    kind: 'authorize',
    reference: row.payment_id,
    amount: amountOf(row),
    token: row.token ?? '',
    returnUrl: row.return_url ?? undefined,
  };
}

/** Brings the payment to what its provider says of it; `undefined`: it was not found there. */
export function apply(
  { payment_id: paymentId }: PaymentRow,
  { transaction, clock }: PaymentsContext,
  truth: ProviderPayment | undefined,
): Promise<PaymentRow> {
  return transaction((tx) => applyTruth(tx, paymentId, { truth, now: clock.now() }));
}
