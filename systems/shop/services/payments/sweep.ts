import { apply, captureAtProvider, look, refundAtProvider, voidAtProvider } from './errands.ts';
import type { PaymentRow, PaymentsContext } from './tables.ts';
import { amountOf } from './views.ts';

/** Payments that one run looks after; the next run takes the rest. */
const BATCH = 50;
/** Payments asked about at once: a slow provider must not make a run of minutes. */
const AT_ONCE = 10;

/**
 * Asks about every payment whose outcome is open and due: those sent and never answered, those waiting
 * for 3-D Secure whose webhook may be lost, captures and refunds under way, and authorizations that
 * arrived after we had given up, which are voided at once.
 */
export async function sweepPayments(context: PaymentsContext): Promise<void> {
  const due = await context.store
    .selectFrom('payment')
    .selectAll()
    .where('ask_at', '<=', context.clock.now())
    // Another provider than theirs knows nothing of them.
    .where('provider', '=', context.config.provider)
    .orderBy('ask_at')
    .limit(BATCH)
    .execute();
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const asked = due.slice(at, at + AT_ONCE).map(async (row) => {
      return { row, found: await look(row, context) };
    });
    const silent: string[] = [];
    // Together they ask, but one after another they settle: a job has one transaction at a time.
    for (const { row, found } of await Promise.all(asked)) {
      if (context.signal.aborted) return;
      if (found.asked) await settle(await apply(row, context, found.payment), context);
      else silent.push(row.payment_id);
    }
    if (silent.length > 0) await putBehind(silent, context);
  }
}

/** What could not be asked about stays due, but behind what waits already. */
async function putBehind(paymentIds: readonly string[], { transaction, clock }: PaymentsContext) {
  await transaction(({ db }) =>
    db
      .updateTable('payment')
      .set({ ask_at: clock.now() })
      .where('payment_id', 'in', paymentIds)
      .where('ask_at', 'is not', null)
      .execute(),
  );
}

async function settle(found: PaymentRow, context: PaymentsContext): Promise<void> {
  if (found.state === 'voided') await voidAtProvider(found, context);
  if (found.state === 'authorized' && found.capture_requested === 1) {
    await captureAtProvider(found, context);
  }
  if (found.state !== 'captured') return;
  const refunds = await context.store
    .selectFrom('refund')
    .selectAll()
    .where('payment_id', '=', found.payment_id)
    .where('state', '=', 'sent')
    .execute();
  for (const { refund_id: refundId, amount } of refunds) {
    await refundAtProvider(found, { refundId, amount: amountOf(found, amount) }, context);
  }
}
