import type { OrdersTransaction, SagaRow, SagaType } from './tables.ts';

/** Begins a sequence of steps, in the transaction of what makes it necessary. */
export async function startSaga(
  { db }: OrdersTransaction,
  saga: {
    readonly id: string;
    readonly orderId: string;
    readonly type: SagaType;
    readonly step: string;
    /** A refund's or a return's id, or the name of the reservation. */
    readonly reference: string;
    readonly now: number;
    readonly deadlineAt?: number;
  },
): Promise<void> {
  const row: SagaRow = {
    saga_id: saga.id,
    order_id: saga.orderId,
    type: saga.type,
    state: 'running',
    step: saga.step,
    reference: saga.reference,
    reason: null,
    attempts: 0,
    step_since: saga.now,
    next_at: saga.now,
    deadline_at: saga.deadlineAt ?? null,
    started_at: saga.now,
  };
  await db
    .insertInto('saga')
    .values(row)
    .onConflict((conflict) => conflict.column('saga_id').doNothing())
    .execute();
}
