import { reserveKey } from './reservation-names.ts';
import type { SagaDefinition, Step, Work } from './saga-steps.ts';
import type { OrderRow, OrdersDb, OrdersTransaction } from './tables.ts';
import { applyMove, inCurrency, type Reason } from './transitions.ts';

const CALL_TIMEOUT_MS = 2_000;
const PROVIDER_TIMEOUT_MS = 10_000;

/** The money goes back, or is never taken. */
const money: Step = {
  name: 'money',
  async run({ order, saga, uses }) {
    const named = { paymentId: order.payment_id ?? '', orderId: order.order_id };
    if (order.payment === 'authorized') {
      await uses.payments.void(named, { timeoutMs: PROVIDER_TIMEOUT_MS });
      return {
        kind: 'done',
        async keep(transaction, row, why) {
          await applyMove(transaction, row, { move: { payment: 'voided' }, why });
          return undefined;
        },
      };
    }
    const left = order.total - order.refunded;
    if ((order.payment !== 'paid' && order.payment !== 'partlyRefunded') || left === 0) {
      return { kind: 'done' };
    }
    const amount = inCurrency(order, left);
    const { paymentId } = named;
    const refundId = saga.reference;
    await uses.payments.refund({ refundId, paymentId, amount }, { timeoutMs: PROVIDER_TIMEOUT_MS });
    return {
      kind: 'done',
      async keep(transaction, row, why) {
        await transaction.db
          .insertInto('refund')
          .values({
            refund_id: refundId,
            order_id: row.order_id,
            amount: left,
            reason: 'The order was cancelled.',
            state: 'requested',
            requested_at: why.now,
            refunded_at: null,
          })
          .execute();
        await keepRefund(transaction, row, { refundId, amount: left, why });
        return undefined;
      },
    };
  },
};

/** The pieces go back to the shelf, or are promised no more. */
const goods: Step = {
  name: 'goods',
  async run({ order, saga, lines, uses }) {
    const key = `${saga.saga_id}/goods`;
    if (order.committed === 1) {
      await uses.inventory.restock(
        { orderId: order.order_id, lines: [...lines] },
        { key: `${key}/inventory.restock`, timeoutMs: CALL_TIMEOUT_MS },
      );
      return { kind: 'done' };
    }
    for (const reservation of [order.order_id, `${order.order_id}:2`]) {
      await uses.inventory.release(
        { reservation },
        {
          key: `${key}/${reservation}`,
          undoes: reserveKey(reservation),
          timeoutMs: CALL_TIMEOUT_MS,
        },
      );
    }
    return { kind: 'done' };
  },
};

const finish: Step = {
  name: 'finish',
  run: async () => ({
    kind: 'done',
    async keep(transaction, order, why) {
      const fields = { checkout_open: 0 };
      await applyMove(transaction, order, { move: { state: 'cancelled' }, fields, why });
      return undefined;
    },
  }),
};

/** Cancels a confirmed order. Goes forward only. */
export const cancellation: SagaDefinition = { steps: [money, goods, finish] };

/** Gives back an amount that was claimed when it was asked for. */
export const refund: SagaDefinition = {
  steps: [
    {
      name: 'refund',
      async run({ order, saga, amount, uses }) {
        const refundId = saga.reference;
        const claimed = amount ?? 0;
        await uses.payments.refund(
          {
            refundId,
            paymentId: order.payment_id ?? '',
            amount: inCurrency(order, claimed),
          },
          { timeoutMs: PROVIDER_TIMEOUT_MS },
        );
        return {
          kind: 'done',
          async keep(transaction, row, why) {
            await keepRefund(transaction, row, { refundId, amount: claimed, why });
            return undefined;
          },
        };
      },
    },
  ],
};

/** Puts returned pieces back into stock. */
export const restock: SagaDefinition = {
  steps: [
    {
      name: 'restock',
      async run({ order, saga, lines, uses }: Work) {
        await uses.inventory.restock(
          { orderId: order.order_id, returnId: saga.reference, lines: [...lines] },
          { key: `${saga.saga_id}/restock/inventory.restock`, timeoutMs: CALL_TIMEOUT_MS },
        );
        return {
          kind: 'done',
          async keep({ db }) {
            await db
              .updateTable('order_return')
              .set({ restocked: 1 })
              .where('return_id', '=', saga.reference)
              .execute();
            return undefined;
          },
        };
      },
    },
  ],
};

/** The amount that a saga is about; `undefined` when it is about none. */
export async function readSagaAmount(db: OrdersDb, saga: { type: string; reference: string }) {
  if (saga.type !== 'refund') return undefined;
  const row = await db
    .selectFrom('refund')
    .select('amount')
    .where('refund_id', '=', saga.reference)
    .executeTakeFirstOrThrow();
  return row.amount;
}

/** The pieces that a saga is about: a return's, else all of the order. */
export function readSagaLines(
  db: OrdersDb,
  saga: { type: string; reference: string },
  orderId: string,
) {
  if (saga.type === 'restock') {
    return db
      .selectFrom('return_line')
      .select(['sku', 'quantity'])
      .where('return_id', '=', saga.reference)
      .orderBy('sku')
      .execute();
  }
  return db
    .selectFrom('order_line')
    .select(['sku', 'quantity'])
    .where('order_id', '=', orderId)
    .orderBy('position')
    .execute();
}

async function keepRefund(
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
