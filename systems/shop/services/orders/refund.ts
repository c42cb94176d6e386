import { pivot, saga, step } from '@portico/service';
import * as z from 'zod';
import { Orders } from '../../contracts/orders.ts';
import { CALL_TIMEOUT_MS, PROVIDER_TIMEOUT_MS, STUCK_AFTER_MS } from './saga-limits.ts';
import { type OrderRow, type OrdersTransaction, store } from './tables.ts';
import { applyMove, getOrder, inCurrency, type Reason } from './transitions.ts';
import { uses } from './uses.ts';

/** Gives back an amount that was claimed when it was asked for. Goes forward only. */
export const refund = saga(
  'refund',
  {
    api: Orders,
    uses: { payments: uses.payments },
    store,
    data: z.object({ orderId: z.string(), refundId: z.string(), amount: z.int() }),
    stuckMs: STUCK_AFTER_MS,
  },
  [
    pivot('decided'),
    step('refund', {
      timeoutMs: PROVIDER_TIMEOUT_MS,
      do: async (data, { uses: { payments }, store: db, transaction, clock }) => {
        const { orderId, refundId, amount } = data;
        const order = await getOrder(db, orderId);
        const paymentId = order.payment_id ?? '';
        await payments.refund({ refundId, paymentId, amount: inCurrency(order, amount) });
        const why = { by: 'refund', now: clock.now() };
        return await transaction(async (tx) => {
          await keepRefund(tx, await getOrder(tx.db, orderId), { refundId, amount, why });
        });
      },
    }),
  ],
);

/** Puts returned pieces back into stock. Goes forward only. */
export const restock = saga(
  'restock',
  {
    uses: { inventory: uses.inventory },
    store,
    data: z.object({ orderId: z.string(), returnId: z.string() }),
    stuckMs: STUCK_AFTER_MS,
  },
  [
    pivot('decided'),
    step('restock', {
      timeoutMs: CALL_TIMEOUT_MS,
      do: async ({ orderId, returnId }, { uses: { inventory }, store: own, transaction }) => {
        const lines = await own
          .selectFrom('return_line')
          .select(['sku', 'quantity'])
          .where('return_id', '=', returnId)
          .orderBy('sku')
          .execute();
        await inventory.restock({ orderId, returnId, lines });
        return await transaction(async ({ db }) => {
          await db
            .updateTable('order_return')
            .set({ restocked: 1 })
            .where('return_id', '=', returnId)
            .execute();
        });
      },
    }),
  ],
);

/** Notes that money went back: with the order, with its refund, and to everybody who listens. */
export async function keepRefund(
  transaction: OrdersTransaction,
  order: OrderRow,
  { refundId, amount, why }: { refundId: string; amount: number; why: Reason },
): Promise<void> {
  const refunded = order.refunded + amount;
  const payment = refunded === order.total ? 'refunded' : 'partlyRefunded';
  await applyMove(transaction, order, { move: { payment }, fields: { refunded }, why });
  await transaction.db
    .updateTable('refund')
    .set({ state: 'refunded', refunded_at: why.now })
    .where('refund_id', '=', refundId)
    .execute();
  const { order_id: orderId } = order;
  await transaction.publish('OrderRefunded', { orderId, refunded: inCurrency(order, refunded) });
}
