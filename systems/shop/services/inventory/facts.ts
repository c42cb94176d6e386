import { parseCursor, toPage } from '../../paging.ts';
import type { InventoryDb } from './tables.ts';

/** A page of facts when its caller does not say. */
const FACTS_DEFAULT = 200;

/**
 * A page of facts: stock, then reservations, then movements, each in the order of its key. The cursor
 * names the kind that it stands in and the last key.
 */
export async function exportFacts(
  db: InventoryDb,
  { limit = FACTS_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
) {
  const [kind, after] = parseCursor(cursor, ['stock', ''] as const) ?? ['stock', ''];
  const read = { stock: readStock, reservation: readReservations, movement: readMovements };
  const rows: { kind: string; key: string; fact: Fact }[] = [];
  const kinds = ['stock', 'reservation', 'movement'] as const;
  for (const each of kinds.slice(Math.max(0, kinds.indexOf(kind as 'stock')))) {
    if (rows.length > limit) break;
    rows.push(...(await read[each](db, each === kind ? after : '', limit + 1 - rows.length)));
  }
  return toPage(rows, limit, { item: (row) => row.fact, position: (row) => [row.kind, row.key] });
}

type Fact =
  | Awaited<ReturnType<typeof readStock>>[number]['fact']
  | Awaited<ReturnType<typeof readReservations>>[number]['fact']
  | Awaited<ReturnType<typeof readMovements>>[number]['fact'];

async function readStock(db: InventoryDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('stock')
    .selectAll()
    .where('sku', '>', after)
    .orderBy('sku')
    .limit(limit)
    .execute();
  return rows.map(({ sku, on_hand: onHand, reserved }) => {
    const fact = { kind: 'stock' as const, sku, onHand, reserved };
    return { kind: 'stock', key: sku, fact };
  });
}

async function readReservations(db: InventoryDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('reservation')
    .selectAll()
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  const names = rows.map((row) => row.name);
  const lines =
    names.length === 0
      ? []
      : await db
          .selectFrom('reservation_line')
          .selectAll()
          .where('reservation', 'in', names)
          .orderBy('sku')
          .execute();
  const byName = Map.groupBy(lines, (line) => line.reservation);
  return rows.map((row) => ({
    kind: 'reservation',
    key: row.name,
    fact: {
      kind: 'reservation' as const,
      reservation: row.name,
      orderId: row.order_id,
      state: row.state,
      lines: (byName.get(row.name) ?? []).map(({ sku, quantity }) => ({ sku, quantity })),
      ...(row.state === 'held' ? { expiresAt: new Date(row.expires_at).toISOString() } : {}),
    },
  }));
}

async function readMovements(db: InventoryDb, after: string, limit: number) {
  const rows = await db
    .selectFrom('movement')
    .selectAll()
    .where('seq', '>', after === '' ? 0 : Number(after))
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'movement',
    key: String(row.seq),
    fact: { kind: 'movement' as const, ...toMovement(row) },
  }));
}

/** A line of the ledger, as it is shown. */
export function toMovement(row: {
  movement_id: string;
  sku: string;
  kind: 'receipt' | 'adjustment' | 'commit' | 'restock';
  quantity: number;
  reference: string;
  at: number;
}) {
  return {
    movementId: row.movement_id,
    sku: row.sku,
    movement: row.kind,
    quantity: row.quantity,
    reference: row.reference,
    at: new Date(row.at).toISOString(),
  };
}
