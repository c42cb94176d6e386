import { PAGE_DEFAULT, parseCursor, toPage } from '../../paging.ts';
import type { FulfilmentState, OrderState, PaymentAxis } from './order-states.ts';
import type { OrdersDb } from './tables.ts';
import { inCurrency } from './transitions.ts';
import { readContact, readLines, toHead, toLine } from './views.ts';

/** Which orders a list shows. */
export interface OrderFilter {
  readonly subject?: string | undefined;
  readonly state?: OrderState | undefined;
  readonly payment?: PaymentAxis | undefined;
  readonly fulfilment?: FulfilmentState | undefined;
  readonly email?: string | undefined;
  readonly placedFrom?: string | undefined;
  readonly placedUntil?: string | undefined;
}

/** A page as it is asked for. */
export interface PageRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Orders, newest first. */
export async function listOrders(
  db: OrdersDb,
  filter: OrderFilter,
  { limit = PAGE_DEFAULT, cursor }: PageRequest,
) {
  let query = db
    .selectFrom('orders')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('order_line')
        .select((line) => line.fn.sum<number>('quantity').as('sum'))
        .whereRef('order_line.order_id', '=', 'orders.order_id')
        .as('pieces'),
    );
  const position = parseCursor(cursor, [0, ''] as [number, string]);
  if (position) {
    query = query.where((eb) =>
      eb(eb.refTuple('placed_at', 'order_id'), '<', eb.tuple(...position)),
    );
  }
  for (const field of ['subject', 'state', 'payment', 'fulfilment'] as const) {
    const value = filter[field];
    if (value !== undefined) query = query.where(field, '=', value as never);
  }
  if (filter.placedFrom) query = query.where('placed_at', '>=', Date.parse(filter.placedFrom));
  if (filter.placedUntil) query = query.where('placed_at', '<', Date.parse(filter.placedUntil));
  if (filter.email) {
    const email = filter.email.toLowerCase();
    query = query.where('order_id', 'in', (eb) =>
      eb.selectFrom('contact').select('order_id').where('email', '=', email),
    );
  }
  const rows = await query
    .orderBy('placed_at', 'desc')
    .orderBy('order_id', 'desc')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, {
    item: (row) => ({
      ...toHead(row),
      total: inCurrency(row, row.total),
      pieces: Number(row.pieces ?? 0),
    }),
    position: (row) => [row.placed_at, row.order_id],
  });
}

/** The history of an order, oldest first. */
export async function listHistory(
  db: OrdersDb,
  orderId: string,
  { limit = PAGE_DEFAULT, cursor }: PageRequest,
) {
  const [after] = parseCursor(cursor, [0] as [number]) ?? [0];
  const rows = await db
    .selectFrom('history')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, {
    item: (row) => ({
      at: new Date(row.at).toISOString(),
      axis: row.axis,
      ...(row.from_value === null ? {} : { from: row.from_value }),
      to: row.to_value,
      by: row.by_whom,
      ...(row.reason === null ? {} : { reason: row.reason }),
    }),
    position: (row) => [row.seq],
  });
}

/** One person's orders with what names them, oldest first. */
export async function exportSubject(db: OrdersDb, subject: string, cursor: string | undefined) {
  const [after] = parseCursor(cursor, [''] as [string]) ?? [''];
  const rows = await db
    .selectFrom('orders')
    .selectAll()
    .where('subject', '=', subject)
    .where('order_id', '>', after)
    .orderBy('order_id')
    .limit(PAGE_DEFAULT + 1)
    .execute();
  const exported = await Promise.all(
    rows.map(async (order) => ({
      order,
      lines: await readLines(db, order.order_id),
      who: await readContact(db, order.order_id),
    })),
  );
  return toPage(exported, PAGE_DEFAULT, {
    item: ({ order, lines, who }) => ({
      orderId: order.order_id,
      placedAt: new Date(order.placed_at).toISOString(),
      state: order.state,
      lines: lines.map((line) => toLine(order, line)),
      total: inCurrency(order, order.total),
      ...(who ?? {}),
    }),
    position: ({ order }) => [order.order_id],
  });
}
