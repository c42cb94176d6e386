import type { OrdersTransaction } from './tables.ts';

/**
 * Anonymizes the orders of one person: lines, amounts, tax, country and dates stay. While an order is
 * not ended, or a saga of it runs, nothing is erased.
 */
export async function eraseSubject({ db }: OrdersTransaction, subject: string) {
  const open = await db
    .selectFrom('orders')
    .select('order_id')
    .where('subject', '=', subject)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['pending', 'confirmed']),
        eb.exists(
          eb
            .selectFrom('saga')
            .select('saga_id')
            .whereRef('saga.order_id', '=', 'orders.order_id')
            .where('saga.state', '<>', 'done'),
        ),
      ]),
    )
    .execute();
  if (open.length > 0) return { erased: false, open: open.length };
  const orders = await db
    .selectFrom('orders')
    .select('order_id')
    .where('subject', '=', subject)
    .execute();
  const ids = orders.map((order) => order.order_id);
  if (ids.length === 0) return { erased: false, open: 0 };
  await db.deleteFrom('contact').where('order_id', 'in', ids).execute();
  await db
    .updateTable('orders')
    .set({ subject: '', return_url: null, payment_token: null })
    .where('order_id', 'in', ids)
    .execute();
  // What the person wrote, and that it was this person.
  await db
    .updateTable('history')
    .set({ by_whom: 'customer', reason: null })
    .where('order_id', 'in', ids)
    .where('by_whom', '=', subject)
    .execute();
  return { erased: true, open: 0 };
}

/** Gives a guest's orders to the account that has verified the same address. */
export async function joinGuestOrders(
  { db }: OrdersTransaction,
  { subject, email }: { readonly subject: string; readonly email: string },
): Promise<void> {
  await db
    .updateTable('orders')
    .set((eb) => ({ subject, version: eb('version', '+', 1) }))
    .where('subject', '>=', 'gst_')
    .where('subject', '<', 'gst`')
    .where('order_id', 'in', (eb) =>
      eb.selectFrom('contact').select('order_id').where('email', '=', email.toLowerCase()),
    )
    .execute();
}
