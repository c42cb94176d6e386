import type { HeardEvent } from '@portico/service';
import type { NotificationsContext } from './context.ts';
import { tell } from './messages.ts';
import type { Template } from './tables.ts';
import type { TemplateFields } from './templates.ts';

/** What every event of an order says, and what some say beside it. */
type OrderPayload = TemplateFields & { readonly orderId: string };

/**
 * An event is told once, so a replay adds what is missing and nothing else; and a message that can't be made
 * holds up no later one about the same order.
 */
const TELLING = { replayable: true, onPoison: 'skip' } as const;

/**
 * Tells an order's customer of an event. Events name nobody, so orders are asked; an answer without anybody
 * means that the customer was erased meanwhile.
 */
export function tellCustomer(template: Template) {
  return {
    ...TELLING,
    async handle(
      { id: eventId, payload }: HeardEvent<OrderPayload>,
      context: NotificationsContext,
    ): Promise<void> {
      const { orderId } = payload;
      const { subject, contact } = await context.uses.orders.getContact({ orderId });
      const reader = subject && contact ? { subject, email: contact.email } : undefined;
      const fields = { ...payload, name: contact?.name };
      await tell(context, { eventId, template, orderId, reader, fields });
    },
  };
}

/** Tells an account's owner that the address is confirmed. */
export const tellOwner = {
  ...TELLING,
  async handle(
    { id: eventId, payload }: HeardEvent<{ readonly accountId: string }>,
    context: NotificationsContext,
  ): Promise<void> {
    const subject = payload.accountId;
    const { email } = await context.uses.identity.getVerifiedEmail({ subject });
    const reader = email === undefined ? undefined : { subject, email };
    await tell(context, { eventId, template: 'emailVerified', reader, fields: {} });
  },
};
