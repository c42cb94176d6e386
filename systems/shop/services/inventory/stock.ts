import { Failure } from '@portico/contract';
import { BelowReserved } from '../../contracts/inventory.ts';
import { publishLevel, toStockCount } from './levels.ts';
import type { InventoryTransaction, MovementKind } from './tables.ts';

/** Pieces that come (> 0) or go (< 0), and why. */
export interface Move {
  readonly movementId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly kind: MovementKind;
  /** The receipt, order or return behind it. */
  readonly reference: string;
  /** Unix ms. */
  readonly at: number;
}

/**
 * Books pieces in or out, with their line in the ledger.
 * @throws `BelowReserved` when fewer pieces would be left than are promised.
 */
export async function bookMovement(transaction: InventoryTransaction, booked: Move) {
  const { db } = transaction;
  const { sku, quantity } = booked;
  if (quantity > 0) await addSkus(transaction, [sku]);
  const row = await db
    .updateTable('stock')
    .set((eb) => ({ on_hand: eb('on_hand', '+', quantity) }))
    .where('sku', '=', sku)
    .where((eb) => eb(eb('on_hand', '+', quantity), '>=', eb.ref('reserved')))
    .returningAll()
    .executeTakeFirst();
  if (!row) {
    const stock = await db
      .selectFrom('stock')
      .selectAll()
      .where('sku', '=', sku)
      .executeTakeFirst();
    if (!stock) throw unknownSku(sku);
    throw BelowReserved({ sku, onHand: stock.on_hand, reserved: stock.reserved });
  }
  const { movementId, ...line } = booked;
  await db
    .insertInto('movement')
    .values({ movement_id: movementId, ...line })
    .execute();
  const after = row.on_hand - row.reserved;
  await publishLevel(transaction, sku, { before: after - quantity, after });
  return toStockCount(row);
}

/** Makes SKUs known, with nothing in stock. Known ones stay as they are. */
export async function addSkus(
  { db }: InventoryTransaction,
  skus: readonly string[],
): Promise<void> {
  if (skus.length === 0) return;
  await db
    .insertInto('stock')
    .values(skus.map((sku) => ({ sku, on_hand: 0, reserved: 0 })))
    .onConflict((conflict) => conflict.column('sku').doNothing())
    .execute();
}

/** The answer to a SKU that nobody has heard of. */
export function unknownSku(sku: string): Failure {
  return Failure.rejected('not-found', `There is no SKU ${sku}.`);
}
