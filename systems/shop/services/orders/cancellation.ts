import { pivot, saga, step } from '@portico/service';
import * as z from 'zod';
import { Orders } from '../../contracts/orders.ts';
import { keepRefund } from './refund.ts';
import { reserveKeys } from './reservation-names.ts';
import { CALL_TIMEOUT_MS, PROVIDER_TIMEOUT_MS, STUCK_AFTER_MS } from './saga-limits.ts';
import { type OrderRow, type OrdersTransaction, store } from './tables.ts';
import { applyMove, getOrder, inCurrency } from './transitions.ts';
import { uses } from './uses.ts';
import { readPieces } from './views.ts';

const BY = 'cancellation';

/** Cancels a confirmed order: gives money and stock back. Goes forward only. */
export const cancellation = saga(
  'cancellation',
  {
    api: Orders,
    uses: { inventory: uses.inventory, payments: uses.payments },
    store,
    data: z.object({ orderId: z.string(), refundId: z.string() }),
    stuckMs: STUCK_AFTER_MS,
  },
  [
    pivot('decided'),

    // The money goes back, or is never taken.
    step('money', {
      timeoutMs: PROVIDER_TIMEOUT_MS,
      do: async ({ orderId, refundId }, { uses: { payments }, store: db, transaction, clock }) => {
        const order = await getOrder(db, orderId);
        const paymentId = order.payment_id ?? '';
        const why = { by: BY, now: clock.now() };
        if (order.payment === 'authorized') {
          await payments.void({ paymentId, orderId });
          const move = { payment: 'voided' } as const;
          return await transaction(async (tx) => {
            await applyMove(tx, await getOrder(tx.db, orderId), { move, why });
          });
        }
        const left = leftOf(order);
        if (left === 0) return undefined;
        await payments.refund({ refundId, paymentId, amount: inCurrency(order, left) });
        return await transaction(async (tx) => {
          await addRefund(tx, orderId, { refundId, amount: left, now: why.now });
          const row = await getOrder(tx.db, orderId);
          await keepRefund(tx, row, { refundId, amount: left, why });
        });
      },
    }),

    // The pieces go back to the shelf, or are promised no more.
    step('goods', {
      timeoutMs: CALL_TIMEOUT_MS,
      do: async ({ orderId }, { uses: { inventory }, store: db, key }) => {
        const { committed } = await getOrder(db, orderId);
        if (committed === 1) {
          await inventory.restock({ orderId, lines: await readPieces(db, orderId) });
          return;
        }
        for (const { reservation, key: undoes } of reserveKeys(orderId)) {
          await inventory.release({ reservation }, { key: key(reservation), undoes });
        }
      },
    }),

    step('finish', {
      do: (data, { transaction, clock }) =>
        transaction(async (tx) => {
          const order = await getOrder(tx.db, data.orderId);
          const why = { by: BY, now: clock.now() };
          const move = { state: 'cancelled' } as const;
          await applyMove(tx, order, { move, fields: { checkout_open: 0 }, why });
        }),
    }),
  ],
);

/** Begins it, after whatever else is under way for the order. One is enough. */
export async function startCancellation(
  { start }: OrdersTransaction,
  data: { readonly orderId: string; readonly refundId: string },
): Promise<void> {
  const { orderId } = data;
  await start(cancellation, { id: `${orderId}/cancellation`, queue: orderId, data });
}

/** What was paid and not given back yet. */
function leftOf({ payment, total, refunded }: OrderRow): number {
  return payment === 'paid' || payment === 'partlyRefunded' ? total - refunded : 0;
}

async function addRefund(
  { db }: OrdersTransaction,
  orderId: string,
  { refundId, amount, now }: { refundId: string; amount: number; now: number },
): Promise<void> {
  const row = {
    refund_id: refundId,
    order_id: orderId,
    amount,
    reason: 'The order was cancelled.',
    state: 'requested',
    requested_at: now,
    refunded_at: null,
  } as const;
  await db.insertInto('refund').values(row).execute();
}
