import type { SagaView } from '@portico/service';
import { parseCursor, toPage } from '../../paging.ts';
import type { PageRequest } from './lists.ts';
import { inCurrency } from './transitions.ts';
import type { OrdersContext } from './uses.ts';
import { toAmounts } from './views.ts';

/** A page of facts when its caller does not say. */
const FACTS_DEFAULT = 200;
const KINDS = ['order', 'return', 'refund', 'saga'] as const;
type Kind = (typeof KINDS)[number];

/** What facts are read from. */
type Sources = Pick<OrdersContext, 'store' | 'sagas'>;

/** A page of facts: orders, returns, refunds, sagas, each in the order of its key. */
export async function exportFacts(
  sources: Sources,
  { limit = FACTS_DEFAULT, cursor }: PageRequest,
) {
  const [named, after] = parseCursor(cursor, ['order', ''] as [string, string]) ?? ['order', ''];
  const kind = KINDS.find((each) => each === named) ?? 'order';
  const read = { order: readOrders, return: readReturns, refund: readRefunds, saga: readSagas };
  const rows: { kind: Kind; key: string; fact: Fact }[] = [];
  for (const each of KINDS.slice(KINDS.indexOf(kind))) {
    if (rows.length > limit) break;
    rows.push(...(await read[each](sources, each === kind ? after : '', limit + 1 - rows.length)));
  }
  return toPage(rows, limit, { item: (row) => row.fact, position: (row) => [row.kind, row.key] });
}

type Fact = Awaited<
  ReturnType<typeof readOrders | typeof readReturns | typeof readRefunds | typeof readSagas>
>[number]['fact'];

const iso = (at: number) => new Date(at).toISOString();

async function readOrders({ store: db }: Sources, after: string, limit: number) {
  const orders = await db
    .selectFrom('orders')
    .selectAll()
    .where('order_id', '>', after)
    .orderBy('order_id')
    .limit(limit)
    .execute();
  const ids = orders.map((order) => order.order_id);
  const lines =
    ids.length === 0
      ? []
      : await db
          .selectFrom('order_line')
          .selectAll()
          .where('order_id', 'in', ids)
          .orderBy('position')
          .execute();
  const byOrder = Map.groupBy(lines, (line) => line.order_id);
  return orders.map((order) => ({
    kind: 'order' as const,
    key: order.order_id,
    fact: {
      kind: 'order' as const,
      orderId: order.order_id,
      cartId: order.cart_id,
      cartVersion: order.cart_version,
      ...(order.payment_id ? { paymentId: order.payment_id } : {}),
      state: order.state,
      payment: order.payment,
      fulfilment: order.fulfilment,
      lines: (byOrder.get(order.order_id) ?? []).map(({ sku, quantity, total }) => {
        return { sku, quantity, total: inCurrency(order, total) };
      }),
      accepted: inCurrency(order, order.accepted),
      ...toAmounts(order),
      placedAt: iso(order.placed_at),
    },
  }));
}

async function readReturns({ store: db }: Sources, after: string, limit: number) {
  const rows = await db
    .selectFrom('order_return')
    .selectAll()
    .where('return_id', '>', after)
    .orderBy('return_id')
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.return_id);
  const lines =
    ids.length === 0
      ? []
      : await db.selectFrom('return_line').selectAll().where('return_id', 'in', ids).execute();
  const byReturn = Map.groupBy(lines, (line) => line.return_id);
  return rows.map((row) => ({
    kind: 'return' as const,
    key: row.return_id,
    fact: {
      kind: 'return' as const,
      returnId: row.return_id,
      orderId: row.order_id,
      lines: (byReturn.get(row.return_id) ?? []).map(({ sku, quantity }) => ({ sku, quantity })),
      restocked: row.restocked === 1,
    },
  }));
}

async function readRefunds({ store: db }: Sources, after: string, limit: number) {
  const rows = await db
    .selectFrom('refund')
    .innerJoin('orders', 'orders.order_id', 'refund.order_id')
    .selectAll('refund')
    .select('orders.currency')
    .where('refund_id', '>', after)
    .orderBy('refund_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'refund' as const,
    key: row.refund_id,
    fact: {
      kind: 'refund' as const,
      refundId: row.refund_id,
      orderId: row.order_id,
      state: row.state,
      amount: inCurrency(row, row.amount),
    },
  }));
}

async function readSagas({ sagas }: Sources, after: string, limit: number) {
  const found = await sagas.list({ after, limit });
  return found.map((saga) => ({
    kind: 'saga' as const,
    key: saga.id,
    fact: {
      kind: 'saga' as const,
      sagaId: saga.id,
      orderId: saga.queue ?? saga.id,
      type: saga.type,
      state: toState(saga),
      ...(saga.step === '' ? {} : { step: saga.step }),
      startedAt: iso(saga.startedAt),
      // Once the pivot has passed there is no way back, and nothing that it could be late for.
      ...(saga.pivoted ? {} : { deadlineAt: iso(saga.deadline) }),
    },
  }));
}

/** `running`, `compensating`, `stuck`, `done`: which end it came to is told by the order. */
function toState({ state, stuck, endedAt }: SagaView): string {
  if (endedAt !== undefined) return 'done';
  return stuck ? 'stuck' : state;
}
