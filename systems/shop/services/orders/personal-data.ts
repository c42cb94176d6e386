import { ownerId } from '../../subject.ts';
import type { OrdersDb, OrdersTransaction } from './tables.ts';
import type { OrdersContext } from './uses.ts';

/** What erasing needs of a handler's context. */
export interface ErasingContext {
  readonly store: OrdersDb;
  readonly sagas: OrdersContext['sagas'];
  readonly forgetCaller: (subject: string) => Promise<number>;
  readonly transaction: <T>(work: (transaction: OrdersTransaction) => Promise<T>) => Promise<T>;
}

/**
 * Anonymizes the orders of one person: lines, amounts, tax, country and dates stay. While an order is
 * not ended, or a saga of it runs, nothing is erased.
 */
export async function eraseSubject(subject: string, context: ErasingContext) {
  const underWay = await findUnderWay(context, subject);
  const open = await countOpen(context.store, { subject, underWay });
  if (open > 0) return { erased: false, open };
  // First, while the orders still tell as which guests they were placed.
  for (const caller of [subject, ...(await listGuests(context.store, subject))]) {
    await context.forgetCaller(`user:${caller}`);
  }
  return context.transaction((tx) => anonymize(tx, { subject, underWay }));
}

/** Whose orders, and which of them a saga was under way for when that was asked. */
interface Erased {
  readonly subject: string;
  readonly underWay: readonly string[];
}

async function findUnderWay(
  { store, sagas }: Pick<ErasingContext, 'store' | 'sagas'>,
  subject: string,
): Promise<string[]> {
  const orders = await store
    .selectFrom('orders')
    .select('order_id')
    .where('subject', '=', subject)
    .execute();
  const found: string[] = [];
  for (const { order_id: queue } of orders) {
    const live = await sagas.list({ queue, live: true, limit: 1 });
    if (live.length > 0) found.push(queue);
  }
  return found;
}

async function anonymize({ db }: OrdersTransaction, { subject, underWay }: Erased) {
  const open = await countOpen(db, { subject, underWay });
  if (open > 0) return { erased: false, open };
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
  // What the person wrote, and that it was this person, as a customer or as a guest before.
  await db
    .updateTable('history')
    .set({ by_whom: 'customer', reason: null })
    .where('order_id', 'in', ids)
    .where((eb) =>
      eb.or([
        eb('by_whom', '=', subject),
        eb.and([eb('by_whom', '>=', 'gst_'), eb('by_whom', '<', 'gst`')]),
      ]),
    )
    .execute();
  return { erased: true, open: 0 };
}

/** Orders that have not ended, or that something is still done for. */
async function countOpen(db: OrdersDb, { subject, underWay }: Erased): Promise<number> {
  const open = await db
    .selectFrom('orders')
    .select('order_id')
    .where('subject', '=', subject)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['pending', 'confirmed']),
        ...(underWay.length > 0 ? [eb('order_id', 'in', underWay)] : []),
      ]),
    )
    .execute();
  return open.length;
}

/** The guests as whom this person ordered before having an account. */
async function listGuests(db: OrdersDb, subject: string): Promise<string[]> {
  const rows = await db
    .selectFrom('history')
    .innerJoin('orders', 'orders.order_id', 'history.order_id')
    .select('history.by_whom')
    .distinct()
    .where('orders.subject', '=', subject)
    .where('history.by_whom', '>=', 'gst_')
    .where('history.by_whom', '<', 'gst`')
    .execute();
  return rows.map(({ by_whom }) => ownerId(by_whom));
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
