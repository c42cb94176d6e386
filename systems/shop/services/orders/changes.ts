import { NotCancellable } from '../../contracts/orders.ts';
import { RefundTooLarge } from '../../contracts/payments.ts';
import type { Money } from '../../money.ts';
import { startCancellation } from './cancellation.ts';
import { isCancellable } from './order-states.ts';
import { refund } from './refund.ts';
import type { OrdersTransaction } from './tables.ts';
import {
  addHistory,
  applyMove,
  getOrder,
  inCurrency,
  type Reason,
  toGuarded,
} from './transitions.ts';
import { readOrder, toRefund } from './views.ts';

/**
 * Notes that an order is to be cancelled. Before the pivot its checkout is undone; after it a saga of
 * its own gives money and stock back. Asking again changes nothing.
 * @throws `NotCancellable` once something was sent, or it ended another way.
 */
export async function requestCancellation(
  transaction: OrdersTransaction,
  orderId: string,
  { why, refundId }: { readonly why: Reason; readonly refundId: string },
) {
  const order = await getOrder(transaction.db, orderId);
  if (order.state === 'cancelled' || (order.cancellation_requested === 1 && isCancellable(order))) {
    return readOrder(transaction.db, order);
  }
  if (!isCancellable(toGuarded(order))) {
    throw NotCancellable({ state: order.state, fulfilment: order.fulfilment });
  }
  const requested = await applyMove(transaction, order, {
    fields: { cancellation_requested: 1 },
    why,
  });
  await addHistory(transaction, orderId, { axis: 'note', to: 'cancellation requested', why });
  if (order.state === 'confirmed') {
    await startCancellation(transaction, { orderId, refundId });
  } else {
    await transaction.abort(orderId, 'cancelled');
  }
  return readOrder(transaction.db, requested);
}

/**
 * Claims an amount to be given back, so that refunds in parallel can't add up to more than was paid.
 * @throws `RefundTooLarge`
 */
export async function requestRefund(
  transaction: OrdersTransaction,
  {
    orderId,
    refundId,
    amount,
    why,
  }: {
    readonly orderId: string;
    readonly refundId: string;
    readonly amount: Money;
    readonly why: Reason;
  },
) {
  const { db } = transaction;
  const order = await getOrder(db, orderId);
  const claims = await db
    .selectFrom('refund')
    .select('amount')
    .where('order_id', '=', orderId)
    .execute();
  const claimed = claims.reduce((sum, claim) => sum + claim.amount, 0);
  const paid = order.payment === 'paid' || order.payment === 'partlyRefunded';
  const left = paid && order.cancellation_requested === 0 ? order.total - claimed : 0;
  const fits = amount.currency === order.currency && amount.amount >= 1 && amount.amount <= left;
  if (!fits) throw RefundTooLarge({ refundable: inCurrency(order, left) });
  const row = {
    refund_id: refundId,
    order_id: orderId,
    amount: amount.amount,
    reason: why.reason ?? '',
    state: 'requested' as const,
    requested_at: why.now,
    refunded_at: null,
  };
  await db.insertInto('refund').values(row).execute();
  await addHistory(transaction, orderId, { axis: 'note', to: 'refund requested', why });
  const id = `${orderId}/refund/${refundId}`;
  const data = { orderId, refundId, amount: amount.amount };
  await transaction.start(refund, { id, queue: orderId, data });
  return toRefund(order, row);
}
