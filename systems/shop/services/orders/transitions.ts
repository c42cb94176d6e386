import { Failure } from '@portico/contract';
import { prepared } from '@portico/store';
import type { Money } from '../../money.ts';
import { type Guarded, type Move, moveOrder } from './order-states.ts';
import type { OrderRow, OrdersDb, OrdersTables, OrdersTransaction } from './tables.ts';

/** Who moves an order, when, and why. */
export interface Reason {
  /** A subject, or a saga: `checkout`. */
  readonly by: string;
  /** Unix ms. */
  readonly now: number;
  readonly reason?: string | undefined;
}

const orderById = prepared((db: OrdersDb, { orderId }: { readonly orderId: string }) =>
  db.selectFrom('orders').selectAll().where('order_id', '=', orderId),
);

const insertHistory = prepared((db: OrdersDb, line: Omit<OrdersTables['history'], 'seq'>) => {
  const { order_id, at, axis, from_value, to_value, by_whom, reason } = line;
  const values = { order_id, at, axis, from_value, to_value, by_whom, reason };
  return db.insertInto('history').values(values);
});

/**
 * Moves an order: one conditional update on the version that was read, with its history and its events
 * in the same transaction. `fields` are stored along.
 *
 * @throws {InvalidTransition} when the order does not allow it.
 */
export async function applyMove(
  transaction: OrdersTransaction,
  order: OrderRow,
  { move = {}, fields = {}, why }: { move?: Move; fields?: Partial<OrderRow>; why: Reason },
): Promise<OrderRow> {
  const axes = moveOrder(toGuarded(order), move);
  const changed = { ...fields, ...axes, version: order.version + 1, updated_at: why.now };
  const next: OrderRow = { ...order, ...changed };
  const { numUpdatedRows } = await transaction.db
    .updateTable('orders')
    .set(changed)
    .where('order_id', '=', order.order_id)
    .where('version', '=', order.version)
    .executeTakeFirst();
  // The row was read in this transaction, which is serializable.
  if (numUpdatedRows !== 1n) throw new Error(`Order ${order.order_id} changed under its move.`);
  for (const axis of ['state', 'payment', 'fulfilment'] as const) {
    if (order[axis] === next[axis]) continue;
    await addHistory(transaction, order.order_id, {
      axis,
      from: order[axis],
      to: next[axis],
      why,
    });
  }
  await announce(transaction, order, next);
  return next;
}

/** Adds a line to an order's history. */
export async function addHistory(
  { db }: OrdersTransaction,
  orderId: string,
  line: {
    readonly axis: 'state' | 'payment' | 'fulfilment' | 'note';
    readonly from?: string;
    readonly to: string;
    readonly why: Reason;
  },
): Promise<void> {
  await insertHistory(db, {
    order_id: orderId,
    at: line.why.now,
    axis: line.axis,
    from_value: line.from ?? null,
    to_value: line.to,
    by_whom: line.why.by,
    reason: line.why.reason ?? null,
  });
}

/** The order, if there is one. */
export async function findOrder(db: OrdersDb, orderId: string): Promise<OrderRow | undefined> {
  return (await orderById(db, { orderId })).rows[0];
}

/** The order. @throws {Failure} `not-found`. */
export async function getOrder(db: OrdersDb, orderId: string): Promise<OrderRow> {
  const order = await findOrder(db, orderId);
  if (order) return order;
  throw Failure.rejected('not-found', 'There is no such thing.');
}

/** An order as far as its moves depend on it. */
export function toGuarded(order: OrderRow): Guarded {
  const { state, payment, fulfilment, total } = order;
  const cancellationRequested = order.cancellation_requested === 1;
  return { state, payment, fulfilment, total, cancellationRequested };
}

/** An amount in the order's currency. */
export function inCurrency(order: Pick<OrderRow, 'currency'>, amount: number): Money {
  return { amount, currency: order.currency };
}

async function announce(
  { publish }: OrdersTransaction,
  before: OrderRow,
  after: OrderRow,
): Promise<void> {
  const { order_id: orderId, subject } = after;
  const priced = { orderId, total: inCurrency(after, after.total) };
  if (before.payment !== after.payment && after.payment === 'paid') {
    await publish('OrderPaid', priced);
  }
  if (before.fulfilment !== after.fulfilment && after.fulfilment === 'delivered') {
    await publish('OrderDelivered', { orderId });
  }
  if (before.state === after.state) return;
  if (after.state === 'confirmed') await publish('OrderConfirmed', priced);
  if (after.state === 'cancelled') await publish('OrderCancelled', priced);
  if (after.state === 'completed') await publish('OrderCompleted', { orderId, subject });
  if (after.state === 'failed') {
    await publish('OrderFailed', { orderId, reason: after.failure_reason ?? 'TimedOut' });
  }
}
