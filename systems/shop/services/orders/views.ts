import { prepared } from '@portico/store';
import * as z from 'zod';
import { Address } from '../../contracts/common.ts';
import type { OrderRow, OrdersDb, OrdersTables } from './tables.ts';
import { inCurrency } from './transitions.ts';

interface OfOrder {
  readonly orderId: string;
}

const linesOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db.selectFrom('order_line').selectAll().where('order_id', '=', orderId).orderBy('position'),
);

const piecesOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db
    .selectFrom('order_line')
    .select(['sku', 'quantity'])
    .where('order_id', '=', orderId)
    .orderBy('position'),
);

const contactOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db.selectFrom('contact').selectAll().where('order_id', '=', orderId),
);

const refundsOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db
    .selectFrom('refund')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('requested_at')
    .orderBy('refund_id'),
);

const shipmentsOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db
    .selectFrom('shipment')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('shipped_at')
    .orderBy('shipment_id'),
);

const returnsOf = prepared((db: OrdersDb, { orderId }: OfOrder) =>
  db
    .selectFrom('order_return')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('accepted_at')
    .orderBy('return_id'),
);

const iso = (at: number) => new Date(at).toISOString();

/** What a list and a single order both show. */
export function toHead(order: OrderRow) {
  return {
    orderId: order.order_id,
    state: order.state,
    payment: order.payment,
    fulfilment: order.fulfilment,
    ...(order.failure_reason ? { failureReason: order.failure_reason } : {}),
    cancellationRequested: order.cancellation_requested === 1,
    placedAt: iso(order.placed_at),
    updatedAt: iso(order.updated_at),
  };
}

/** The lines of an order, as they were sold. */
export function toLine(order: OrderRow, line: OrdersTables['order_line']) {
  return {
    sku: line.sku,
    title: line.title,
    quantity: line.quantity,
    unitPrice: inCurrency(order, line.unit_price),
    total: inCurrency(order, line.total),
    tax: { rateBasisPoints: line.tax_rate, amount: inCurrency(order, line.tax) },
  };
}

/** What an order adds up to. */
export function toAmounts(order: OrderRow) {
  return {
    subtotal: inCurrency(order, order.subtotal),
    discount: inCurrency(order, order.discount),
    shipping: inCurrency(order, order.shipping),
    total: inCurrency(order, order.total),
    tax: inCurrency(order, order.tax),
  };
}

/** An order with all that belongs to it. */
export async function readOrder(db: OrdersDb, order: OrderRow) {
  const { order_id: orderId } = order;
  const lines = await readLines(db, orderId);
  const who = await readContact(db, orderId);
  const acts = order.action_url !== null && order.payment === 'actionRequired';
  return {
    ...toHead(order),
    cartId: order.cart_id,
    cartVersion: order.cart_version,
    currency: order.currency,
    lines: lines.map((line) => toLine(order, line)),
    ...toAmounts(order),
    refunded: inCurrency(order, order.refunded),
    shippingMethod: order.shipping_method,
    country: order.country,
    ...(order.payment_id ? { paymentId: order.payment_id } : {}),
    ...(acts
      ? {
          nextAction: {
            url: order.action_url ?? '',
            expiresAt: iso(order.action_expires_at ?? order.placed_at),
          },
        }
      : {}),
    ...(who ?? {}),
    shipments: await readShipments(db, orderId),
    returns: await readReturns(db, orderId),
    refunds: await readRefunds(db, order),
  };
}

/** Whom the shop writes to, and where it ships to; `undefined` once it was erased. */
export async function readContact(db: OrdersDb, orderId: string) {
  const [row] = (await contactOf(db, { orderId })).rows;
  if (!row) return undefined;
  return {
    contact: { name: row.name, email: row.email, ...(row.phone ? { phone: row.phone } : {}) },
    shippingAddress: z.parse(Address, JSON.parse(row.address)),
  };
}

/** The lines of an order in their order. */
export async function readLines(db: OrdersDb, orderId: string) {
  return (await linesOf(db, { orderId })).rows;
}

/** What was ordered of each SKU, as other services are told. */
export async function readPieces(db: OrdersDb, orderId: string) {
  return (await piecesOf(db, { orderId })).rows;
}

/** The parcels of an order, oldest first. */
export async function readShipments(db: OrdersDb, orderId: string) {
  const { rows } = await shipmentsOf(db, { orderId });
  if (rows.length === 0) return [];
  const lines = await db
    .selectFrom('shipment_line')
    .innerJoin('shipment', 'shipment.shipment_id', 'shipment_line.shipment_id')
    .selectAll('shipment_line')
    .where('shipment.order_id', '=', orderId)
    .orderBy('sku')
    .execute();
  return rows.map((row) => ({
    shipmentId: row.shipment_id,
    carrier: row.carrier,
    ...(row.tracking_number ? { trackingNumber: row.tracking_number } : {}),
    lines: lines
      .filter((line) => line.shipment_id === row.shipment_id)
      .map(({ sku, quantity }) => ({ sku, quantity })),
    shippedAt: iso(row.shipped_at),
    ...(row.delivered_at ? { deliveredAt: iso(row.delivered_at) } : {}),
  }));
}

/** What came back of an order, oldest first. */
export async function readReturns(db: OrdersDb, orderId: string) {
  const { rows } = await returnsOf(db, { orderId });
  if (rows.length === 0) return [];
  const lines = await db
    .selectFrom('return_line')
    .innerJoin('order_return', 'order_return.return_id', 'return_line.return_id')
    .selectAll('return_line')
    .where('order_return.order_id', '=', orderId)
    .orderBy('sku')
    .execute();
  return rows.map((row) => ({
    returnId: row.return_id,
    lines: lines
      .filter((line) => line.return_id === row.return_id)
      .map(({ sku, quantity }) => ({ sku, quantity })),
    restocked: row.restocked === 1,
    acceptedAt: iso(row.accepted_at),
  }));
}

/** What was given back for an order, oldest first. */
export async function readRefunds(db: OrdersDb, order: OrderRow) {
  const { rows } = await refundsOf(db, { orderId: order.order_id });
  return rows.map((row) => toRefund(order, row));
}

/** A refund as customers and staff see it. */
export function toRefund(order: OrderRow, row: OrdersTables['refund']) {
  return {
    refundId: row.refund_id,
    amount: inCurrency(order, row.amount),
    state: row.state,
    reason: row.reason,
    requestedAt: iso(row.requested_at),
    ...(row.refunded_at ? { refundedAt: iso(row.refunded_at) } : {}),
  };
}
