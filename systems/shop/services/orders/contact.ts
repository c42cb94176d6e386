import type { OrdersDb } from './tables.ts';
import { findOrder } from './transitions.ts';
import { readContact } from './views.ts';

/** Whose an order is and whom to write to about it; nothing where nobody is named any more. */
export async function getContact(db: OrdersDb, orderId: string) {
  const order = await findOrder(db, orderId);
  const who = order && (await readContact(db, orderId));
  return order && who ? { subject: order.subject, contact: who.contact } : {};
}
