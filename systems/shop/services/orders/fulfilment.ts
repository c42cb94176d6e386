import { Failure } from '@portico/contract';
import { NotReturnable, NotShippable } from '../../contracts/orders.ts';
import { isComplete, isShippable } from './order-states.ts';
import { restock } from './refund.ts';
import type { OrderRow, OrdersTransaction } from './tables.ts';
import { addHistory, applyMove, getOrder, type Reason, toGuarded } from './transitions.ts';
import { readLines, readReturns, readShipments } from './views.ts';

/** Pieces of SKUs. */
export type Pieces = readonly { readonly sku: string; readonly quantity: number }[];

/** Sends a parcel with `lines`, or with all that is left. @throws `NotShippable` */
export async function ship(
  transaction: OrdersTransaction,
  parcel: {
    readonly orderId: string;
    readonly shipmentId: string;
    readonly carrier: string;
    readonly trackingNumber?: string | undefined;
    readonly lines?: Pieces | undefined;
  },
  why: Reason,
) {
  const { db, publish } = transaction;
  const { orderId, shipmentId } = parcel;
  const order = await getOrder(db, orderId);
  const refusal = () => {
    const { state, payment, fulfilment } = order;
    return NotShippable({ state, payment, fulfilment });
  };
  if (!isShippable(toGuarded(order))) throw refusal();
  const ordered = toMap(await readLines(db, orderId));
  const sent = await readShipments(db, orderId);
  const left = subtractPieces(ordered, toMap(sent.flatMap((shipment) => shipment.lines)));
  const packed = parcel.lines ? toMap(parcel.lines) : left;
  const rest = subtractPieces(left, packed);
  if (packed.size === 0 || [...rest.values()].some((quantity) => quantity < 0)) throw refusal();
  await db
    .insertInto('shipment')
    .values({
      shipment_id: shipmentId,
      order_id: orderId,
      carrier: parcel.carrier,
      tracking_number: parcel.trackingNumber ?? null,
      shipped_at: why.now,
      delivered_at: null,
    })
    .execute();
  const lines = [...packed].map(([sku, quantity]) => ({ shipment_id: shipmentId, sku, quantity }));
  await db.insertInto('shipment_line').values(lines).execute();
  const fulfilment = rest.size === 0 ? 'shipped' : 'partlyShipped';
  await applyMove(transaction, order, { move: { fulfilment }, why });
  await publish('OrderShipped', { orderId, shipmentId });
  return findShipment(transaction, orderId, shipmentId);
}

/** Notes that a parcel has arrived; the order with its last one. Asking again changes nothing. */
export async function deliver(
  transaction: OrdersTransaction,
  { orderId, shipmentId }: { readonly orderId: string; readonly shipmentId: string },
  why: Reason,
) {
  const { db } = transaction;
  const order = await getOrder(db, orderId);
  const { numUpdatedRows } = await db
    .updateTable('shipment')
    .set({ delivered_at: why.now })
    .where('shipment_id', '=', shipmentId)
    .where('order_id', '=', orderId)
    .where('delivered_at', 'is', null)
    .executeTakeFirst();
  const shipment = await findShipment(transaction, orderId, shipmentId);
  if (numUpdatedRows === 0n) return shipment;
  const to = `${shipmentId} delivered`;
  await addHistory(transaction, orderId, { axis: 'note', to, why });
  const shipments = await readShipments(db, orderId);
  const all = shipments.every((each) => each.deliveredAt !== undefined);
  if (!all || order.fulfilment !== 'shipped') return shipment;
  const move = { fulfilment: 'delivered' } as const;
  const delivered = await applyMove(transaction, order, { move, why });
  await complete(transaction, delivered, why);
  return shipment;
}

/** Takes pieces back that were delivered. @throws `NotReturnable` naming the first SKU that was not. */
export async function acceptReturn(
  transaction: OrdersTransaction,
  returned: {
    readonly orderId: string;
    readonly returnId: string;
    readonly lines: Pieces;
    readonly restock: boolean;
  },
  why: Reason,
) {
  const { db, publish } = transaction;
  const { orderId, returnId } = returned;
  const order = await getOrder(db, orderId);
  const shipments = await readShipments(db, orderId);
  const delivered = shipments.filter((shipment) => shipment.deliveredAt !== undefined);
  const before = await readReturns(db, orderId);
  const owned = subtractPieces(
    toMap(delivered.flatMap((shipment) => shipment.lines)),
    toMap(before.flatMap((each) => each.lines)),
  );
  const back = toMap(returned.lines);
  const rest = subtractPieces(owned, back);
  const arrived = order.fulfilment === 'delivered' || order.fulfilment === 'partlyReturned';
  for (const [sku] of back) {
    if (!arrived || (rest.get(sku) ?? 0) < 0) throw NotReturnable({ sku });
  }
  await db
    .insertInto('order_return')
    .values({
      return_id: returnId,
      order_id: orderId,
      restock: returned.restock ? 1 : 0,
      restocked: 0,
      accepted_at: why.now,
    })
    .execute();
  const lines = [...back].map(([sku, quantity]) => ({ return_id: returnId, sku, quantity }));
  await db.insertInto('return_line').values(lines).execute();
  const fulfilment = rest.size === 0 ? 'returned' : 'partlyReturned';
  await applyMove(transaction, order, { move: { fulfilment }, why });
  await publish('OrderReturned', { orderId });
  if (returned.restock) {
    const id = `${orderId}/restock/${returnId}`;
    await transaction.start(restock, { id, queue: orderId, data: { orderId, returnId } });
  }
  return {
    returnId,
    lines: [...back].map(([sku, quantity]) => ({ sku, quantity })),
    restocked: false,
    acceptedAt: new Date(why.now).toISOString(),
  };
}

/** An order that is delivered and settled needs nothing more. */
async function complete(
  transaction: OrdersTransaction,
  order: OrderRow,
  why: Reason,
): Promise<void> {
  if (!isComplete(toGuarded(order))) return;
  await applyMove(transaction, order, { move: { state: 'completed' }, why });
}

async function findShipment({ db }: OrdersTransaction, orderId: string, shipmentId: string) {
  const shipments = await readShipments(db, orderId);
  const shipment = shipments.find((each) => each.shipmentId === shipmentId);
  if (!shipment) throw Failure.rejected('not-found', 'There is no such thing.');
  return shipment;
}

function toMap(pieces: Pieces): Map<string, number> {
  const map = new Map<string, number>();
  for (const { sku, quantity } of pieces) map.set(sku, (map.get(sku) ?? 0) + quantity);
  return map;
}

/** What is left, without what is used up; below zero where more is taken than there was. */
function subtractPieces(
  from: ReadonlyMap<string, number>,
  taken: ReadonlyMap<string, number>,
): Map<string, number> {
  const skus = new Set([...from.keys(), ...taken.keys()]);
  const rest = [...skus].map((sku) => [sku, (from.get(sku) ?? 0) - (taken.get(sku) ?? 0)] as const);
  return new Map(rest.filter(([, quantity]) => quantity !== 0));
}
