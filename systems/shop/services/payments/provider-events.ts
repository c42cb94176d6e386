import { BadSignature } from '../../contracts/payments.ts';
import { createProvider } from './create-provider.ts';
import { ask, undoLate } from './errands.ts';
import { BadEvent, type ProviderEvent } from './provider.ts';
import type { PaymentRow, PaymentsContext, PaymentsDb } from './tables.ts';
import { lookUpPayment } from './truth.ts';

/** A webhook as it came. */
export interface ReceivedEvent {
  readonly provider: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Takes a provider's webhook: a hint, after which the provider is asked for the truth. One that fits no
 * payment is kept and reported; a repeated one changes nothing.
 * @throws `BadSignature`
 */
export async function receiveEvent(received: ReceivedEvent, context: PaymentsContext) {
  const event = await read(received, context);
  const { clock, log } = context;
  const row = await context.transaction(async ({ db }): Promise<PaymentRow | undefined> => {
    const payment = await findFor(db, event);
    const added = await db
      .insertInto('provider_event')
      .values({
        provider: received.provider,
        event_id: event.id,
        type: event.type,
        payment_id: payment?.payment_id ?? null,
        at: clock.now(),
      })
      .onConflict((conflict) => conflict.columns(['provider', 'event_id']).doNothing())
      .executeTakeFirst();
    if (!payment) {
      log.warn({ provider: received.provider, event: event.id }, 'An event fits no payment.');
      return undefined;
    }
    if ((added.numInsertedOrUpdatedRows ?? 0n) === 0n) return undefined;
    // If the provider can't be asked now, the job asks it.
    await db
      .updateTable('payment')
      .set({ ask_at: clock.now() })
      .where('payment_id', '=', payment.payment_id)
      .execute();
    return payment;
  });
  if (!row) return;
  const told = await ask(
    { ...row, provider_id: row.provider_id ?? event.providerId ?? null },
    context,
  );
  if (told) await undoLate(told, context);
}

function findFor(db: PaymentsDb, event: ProviderEvent): Promise<PaymentRow | undefined> {
  const { reference, providerId } = event;
  if (reference !== undefined) return lookUpPayment(db, reference);
  // A dispute names nothing of ours.
  if (providerId === undefined) return Promise.resolve(undefined);
  return db
    .selectFrom('payment')
    .selectAll()
    .where('provider_id', '=', providerId)
    .executeTakeFirst();
}

async function read(
  { provider, payload, headers }: ReceivedEvent,
  context: PaymentsContext,
): Promise<ProviderEvent> {
  if (provider !== context.config.provider) throw BadSignature();
  const adapter = await createProvider(context.config, () => context.clock.now());
  try {
    return adapter.readEvent(payload, (name) => headers[name]);
  } catch (problem) {
    if (problem instanceof BadEvent) throw BadSignature(undefined, problem.message);
    throw problem;
  }
}
