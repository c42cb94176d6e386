import { type Currency, money, parseCurrency } from '../money.ts';
import { present } from '../subject.ts';
import type { OrderFact, RefundFact, ReturnFact, SagaFact } from './facts.ts';
import type { Row, StoreReader } from './store-reader.ts';

/** What orders' own file says of orders, returns, refunds and sagas. */
export function readOrders(store: StoreReader): (OrderFact | ReturnFact | RefundFact | SagaFact)[] {
  const lines = group(
    store.rows('SELECT * FROM order_line ORDER BY order_id, position'),
    'order_id',
  );
  const returned = group(store.rows('SELECT * FROM return_line'), 'return_id');
  const refunds = store.rows(
    `SELECT refund.*, orders.currency FROM refund JOIN orders USING (order_id) ORDER BY refund_id`,
  );
  return [
    ...store
      .rows('SELECT * FROM orders ORDER BY order_id')
      .map((row) => toOrder(row, lines.get(row.text('order_id')) ?? [])),
    ...store
      .rows('SELECT * FROM order_return ORDER BY return_id')
      .map((row) => toReturn(row, returned.get(row.text('return_id')) ?? [])),
    ...refunds.map(toRefund),
    ...store.rows('SELECT * FROM portico_saga ORDER BY id').map(toSaga),
  ];
}

function group(rows: readonly Row[], column: string): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.text(column));
}

function toOrder(row: Row, lines: readonly Row[]): OrderFact {
  const currency = currencyOf(row);
  const amount = (column: string) => money(row.number(column), currency);
  return {
    kind: 'order',
    orderId: row.text('order_id'),
    cartId: row.text('cart_id'),
    cartVersion: row.number('cart_version'),
    ...present('paymentId', row.optional('payment_id')),
    state: row.text('state') as OrderFact['state'],
    payment: row.text('payment') as OrderFact['payment'],
    fulfilment: row.text('fulfilment') as OrderFact['fulfilment'],
    lines: lines.map((line) => ({
      sku: line.text('sku'),
      quantity: line.number('quantity'),
      total: money(line.number('total'), currency),
    })),
    accepted: amount('accepted'),
    subtotal: amount('subtotal'),
    discount: amount('discount'),
    shipping: amount('shipping'),
    total: amount('total'),
    tax: amount('tax'),
    placedAt: row.instant('placed_at'),
  };
}

function toReturn(row: Row, lines: readonly Row[]): ReturnFact {
  return {
    kind: 'return',
    returnId: row.text('return_id'),
    orderId: row.text('order_id'),
    lines: lines.map((line) => ({ sku: line.text('sku'), quantity: line.number('quantity') })),
    restocked: row.number('restocked') === 1,
  };
}

function toRefund(row: Row): RefundFact {
  return {
    kind: 'refund',
    refundId: row.text('refund_id'),
    orderId: row.text('order_id'),
    state: row.text('state') as RefundFact['state'],
    amount: money(row.number('amount'), currencyOf(row)),
  };
}

function toSaga(row: Row): SagaFact {
  const sagaId = row.text('id');
  const mayTurnBack = row.number('pivoted') === 0;
  return {
    kind: 'saga',
    sagaId,
    orderId: row.optional('queue') ?? sagaId,
    type: row.text('type'),
    state: stateOf(row),
    ...present('step', row.text('step') || undefined),
    startedAt: row.instant('started_at'),
    ...present('deadlineAt', mayTurnBack ? row.instant('deadline') : undefined),
  };
}

/** As orders itself tells it. */
function stateOf(saga: Row): string {
  if (saga.optional('ended_at') !== undefined) return 'done';
  return saga.number('stuck') === 1 ? 'stuck' : saga.text('state');
}

function currencyOf(row: Row): Currency {
  return parseCurrency(row.text('currency'));
}
