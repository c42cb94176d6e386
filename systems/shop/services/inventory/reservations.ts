import { Failure } from '@portico/contract';
import { sql } from 'kysely';
import { OutOfStock } from '../../contracts/inventory.ts';
import { publishLevel } from './levels.ts';
import { moveReservation, type ReservationMove } from './reservation-states.ts';
import type { InventoryTransaction } from './tables.ts';

/** Holds that one transaction gives back at most; the next run of the job takes the rest. */
const EXPIRED_MAX = 200;

/** What orders ask to be held. */
export interface ReservationRequest {
  readonly reservation: string;
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly ttlSeconds: number;
}

/** A reservation as orders see it. */
export type ReservationView = ReturnType<typeof toView>;

/**
 * Holds all lines or none. Overdue holds on these SKUs are given back first. Lines are taken in SKU
 * order, so that two orders of the same SKUs never wait for each other crosswise, each by one
 * conditional update.
 *
 * @throws `OutOfStock` naming every line that is short; `precondition-failed` when the reservation was
 * released before it came.
 */
export async function reserve(
  transaction: InventoryTransaction,
  request: ReservationRequest,
  now: number,
): Promise<ReservationView> {
  const { db } = transaction;
  const existing = await findReservation(transaction, request.reservation);
  if (existing?.state === 'released' || existing?.state === 'expired') {
    throw Failure.rejected('precondition-failed', 'This reservation was given back already.');
  }
  if (existing) return toView(existing);
  const lines = mergeLines(request.lines);
  const skus = lines.map((line) => line.sku);
  await expireOverdue(transaction, now, skus);
  const stock = await readAvailable(transaction, skus);
  const short = lines
    .map(({ sku, quantity }) => ({ sku, asked: quantity, available: stock.get(sku) ?? 0 }))
    .filter((line) => line.asked > line.available);
  if (short.length > 0) throw OutOfStock({ lines: short });
  const row = {
    name: request.reservation,
    order_id: request.orderId,
    state: 'held' as const,
    expires_at: now + request.ttlSeconds * 1000,
    updated_at: now,
  };
  await db.insertInto('reservation').values(row).execute();
  for (const { sku, quantity } of lines) {
    const taken = await db
      .updateTable('stock')
      .set((eb) => ({ reserved: eb('reserved', '+', quantity) }))
      .where('sku', '=', sku)
      .where((eb) => eb(eb('on_hand', '-', eb.ref('reserved')), '>=', quantity))
      .executeTakeFirst();
    const before = stock.get(sku) ?? 0;
    if (taken.numUpdatedRows !== 1n) {
      throw OutOfStock({ lines: [{ sku, asked: quantity, available: before }] });
    }
    await db
      .insertInto('reservation_line')
      .values({ reservation: row.name, sku, quantity })
      .execute();
    await publishLevel(transaction, sku, { before, after: before - quantity });
  }
  return toView(row);
}

/**
 * Moves a reservation. Finds what is done already done.
 * @returns `refused` when its state allows the move no more, `unknown` when there is no such one.
 */
export async function move(
  transaction: InventoryTransaction,
  name: string,
  { by, now, movementId }: { by: ReservationMove; now: number; movementId?: () => string },
): Promise<ReservationView | 'refused' | 'unknown'> {
  const row = await findReservation(transaction, name);
  if (!row) return 'unknown';
  const result = moveReservation(row.state, by);
  if (result.kind === 'refused') return 'refused';
  if (result.kind === 'done') return toView(row);
  const { db } = transaction;
  const moved = { ...row, state: result.state, updated_at: now };
  await db
    .updateTable('reservation')
    .set({ state: result.state, updated_at: now })
    .where('name', '=', name)
    .where('state', '=', row.state)
    .execute();
  if (result.state === 'expired' || result.state === 'released') await giveBack(transaction, name);
  if (result.state === 'committed') {
    await takeOut(transaction, moved, movementId ?? unnamed);
  }
  if (result.state === 'expired') {
    const { order_id: orderId } = row;
    await transaction.publish('ReservationExpired', { reservation: name, orderId });
  }
  return toView(moved);
}

/** Gives back holds that are overdue, of any SKU or of these. */
export async function expireOverdue(
  transaction: InventoryTransaction,
  now: number,
  skus?: readonly string[],
): Promise<number> {
  // A literal, because SQLite takes a partial index only where it can see the condition.
  let query = transaction.db
    .selectFrom('reservation')
    .select('name')
    .where('state', '=', sql.lit('held'))
    .where('expires_at', '<=', now);
  if (skus) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('reservation_line')
          .select('reservation')
          .whereRef('reservation', '=', 'reservation.name')
          .where('sku', 'in', skus),
      ),
    );
  }
  const overdue = await query.orderBy('expires_at').limit(EXPIRED_MAX).execute();
  for (const { name } of overdue) await move(transaction, name, { by: 'expire', now });
  return overdue.length;
}

/** Keeps the name of a reservation that was released before it came, so that it is refused. */
export async function leaveTombstone(
  { db }: InventoryTransaction,
  name: string,
  now: number,
): Promise<void> {
  const orderId = name.split(':', 1)[0] ?? name;
  await db
    .insertInto('reservation')
    .values({ name, order_id: orderId, state: 'released', expires_at: now, updated_at: now })
    .execute();
}

async function giveBack(transaction: InventoryTransaction, name: string): Promise<void> {
  for (const { sku, quantity } of await readLines(transaction, name)) {
    const row = await transaction.db
      .updateTable('stock')
      .set((eb) => ({ reserved: eb('reserved', '-', quantity) }))
      .where('sku', '=', sku)
      .returning(['on_hand', 'reserved'])
      .executeTakeFirstOrThrow();
    const after = row.on_hand - row.reserved;
    await publishLevel(transaction, sku, { before: after - quantity, after });
  }
}

/** What is sold leaves the shelf and the promise together, so what is available stays. */
async function takeOut(
  transaction: InventoryTransaction,
  row: { name: string; order_id: string; updated_at: number },
  movementId: () => string,
): Promise<void> {
  for (const { sku, quantity } of await readLines(transaction, row.name)) {
    await transaction.db
      .updateTable('stock')
      .set((eb) => ({
        on_hand: eb('on_hand', '-', quantity),
        reserved: eb('reserved', '-', quantity),
      }))
      .where('sku', '=', sku)
      .execute();
    const movement = {
      movement_id: movementId(),
      sku,
      kind: 'commit' as const,
      quantity: -quantity,
      reference: row.order_id,
      at: row.updated_at,
    };
    await transaction.db.insertInto('movement').values(movement).execute();
  }
}

function readLines({ db }: InventoryTransaction, name: string) {
  return db
    .selectFrom('reservation_line')
    .select(['sku', 'quantity'])
    .where('reservation', '=', name)
    .orderBy('sku')
    .execute();
}

async function readAvailable({ db }: InventoryTransaction, skus: readonly string[]) {
  const rows = await db.selectFrom('stock').selectAll().where('sku', 'in', skus).execute();
  return new Map(rows.map((row) => [row.sku, row.on_hand - row.reserved]));
}

function findReservation({ db }: InventoryTransaction, name: string) {
  return db.selectFrom('reservation').selectAll().where('name', '=', name).executeTakeFirst();
}

/** One line per SKU, in SKU order. */
function mergeLines(lines: ReservationRequest['lines']) {
  const pieces = new Map<string, number>();
  for (const { sku, quantity } of lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  return [...pieces]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .sort((a, b) => (a.sku < b.sku ? -1 : 1));
}

function toView(row: {
  name: string;
  state: 'held' | 'pinned' | 'committed' | 'expired' | 'released';
  expires_at: number;
}) {
  const { name: reservation, state } = row;
  if (state !== 'held') return { reservation, state };
  return { reservation, state, expiresAt: new Date(row.expires_at).toISOString() };
}

function unnamed(): never {
  throw new Error('Committing needs names for its movements.');
}
