import { SHOWN_MAX } from '../../contracts/inventory.ts';
import type { InventoryTransaction } from './tables.ts';

/** Up to so many pieces a SKU is low: fewer than one usual order of each of a few customers. */
export const LOW_MAX = 5;

/** What customers are told of `available` pieces. */
export function toLevel(available: number): 'in' | 'low' | 'out' {
  if (available <= 0) return 'out';
  return available <= LOW_MAX ? 'low' : 'in';
}

/** Stock of a SKU, as customers see it. */
export function toStockLevel(row: { sku: string; on_hand: number; reserved: number }) {
  const available = row.on_hand - row.reserved;
  return {
    sku: row.sku,
    level: toLevel(available),
    available: Math.max(0, Math.min(available, SHOWN_MAX)),
  };
}

/** Stock of a SKU, as staff see it. */
export function toStockCount(row: { sku: string; on_hand: number; reserved: number }) {
  return {
    sku: row.sku,
    onHand: row.on_hand,
    reserved: row.reserved,
    available: row.on_hand - row.reserved,
  };
}

/** Tells others when a change of what is available crosses a level. */
export async function publishLevel(
  { publish }: InventoryTransaction,
  sku: string,
  { before, after }: { readonly before: number; readonly after: number },
): Promise<void> {
  const from = toLevel(before);
  const to = toLevel(after);
  if (after < before && from !== to) {
    await publish(to === 'out' ? 'StockDepleted' : 'StockLow', { sku, available: after });
  }
  if (after > before && (from === 'out' || (from === 'low' && to === 'in'))) {
    await publish('StockReplenished', { sku, available: after });
  }
}
