import type { InputOf } from '@portico/contract';
import type { Notifications } from '../../contracts/notifications.ts';
import type { NotificationsContext } from './context.ts';
import type { Db } from './tables.ts';

type Operations = (typeof Notifications)['operations'];

/** Orders asked about at once; their messages are purged in one transaction. */
const BATCH = 100;

/**
 * Purges what one person was told. That it was told stays, without saying whom: an event is told once. The
 * mark that is left refuses a message whose event was under way meanwhile.
 */
export async function eraseSubject(
  { subject }: InputOf<Operations['eraseSubject']>,
  context: NotificationsContext,
) {
  const at = context.clock.now();
  const orderIds = await listOrders(context, subject);
  return context.transaction(async ({ db }) => {
    await db
      .insertInto('erased')
      .values({ subject, at })
      .onConflict((conflict) => conflict.column('subject').doNothing())
      .execute();
    let purged = await purge(db, { subject });
    for (let from = 0; from < orderIds.length; from += BATCH) {
      purged += await purge(db, { orderIds: orderIds.slice(from, from + BATCH) });
    }
    return { erased: purged > 0 };
  });
}

/** Orders that the person has now: some messages about them went to the guest that it was before. */
async function listOrders({ uses }: NotificationsContext, subject: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await uses.orders.exportSubject(
      cursor === undefined ? { subject } : { subject, cursor },
    );
    ids.push(...page.items.map(({ orderId }) => orderId));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}

async function purge(
  db: Db,
  whose: { readonly subject: string } | { readonly orderIds: readonly string[] },
): Promise<number> {
  let query = db.selectFrom('message').select(['message_id', 'mail_id']);
  query =
    'subject' in whose
      ? query.where('subject', '=', whose.subject)
      : query.where('order_id', 'in', whose.orderIds).where('end', '<>', 'erased');
  const rows = await query.execute();
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const mails = batch.flatMap(({ mail_id }) => mail_id ?? []);
    if (mails.length > 0) await db.deleteFrom('mail').where('mail_id', 'in', mails).execute();
    await db
      .updateTable('message')
      .set({ subject: '', mail_id: null, end: 'erased' })
      .where(
        'message_id',
        'in',
        batch.map(({ message_id }) => message_id),
      )
      .execute();
  }
  return rows.length;
}
