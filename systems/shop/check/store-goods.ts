import { present } from '../subject.ts';
import type { ClosureFact, MovementFact, ReservationFact, StockFact } from './facts.ts';
import type { StoreReader } from './store-reader.ts';

/** What inventory's own file says of stock, reservations and movements. */
export function readInventory(store: StoreReader): (StockFact | ReservationFact | MovementFact)[] {
  const lines = Map.groupBy(
    store.rows('SELECT * FROM reservation_line ORDER BY reservation, sku'),
    (row) => row.text('reservation'),
  );
  const stock = store.rows('SELECT * FROM stock ORDER BY sku').map(
    (row): StockFact => ({
      kind: 'stock',
      sku: row.text('sku'),
      onHand: row.number('on_hand'),
      reserved: row.number('reserved'),
    }),
  );
  const reservations = store
    .rows('SELECT * FROM reservation ORDER BY name')
    .map((row): ReservationFact => {
      const state = row.text('state') as ReservationFact['state'];
      const expiresAt = state === 'held' ? row.instant('expires_at') : undefined;
      return {
        kind: 'reservation',
        reservation: row.text('name'),
        orderId: row.text('order_id'),
        state,
        lines: (lines.get(row.text('name')) ?? []).map((line) => ({
          sku: line.text('sku'),
          quantity: line.number('quantity'),
        })),
        ...present('expiresAt', expiresAt),
      };
    });
  const movements = store.rows('SELECT * FROM movement ORDER BY seq').map(
    (row): MovementFact => ({
      kind: 'movement',
      movementId: row.text('movement_id'),
      sku: row.text('sku'),
      movement: row.text('kind') as MovementFact['movement'],
      quantity: row.number('quantity'),
      reference: row.text('reference'),
      at: row.instant('at'),
    }),
  );
  return [...stock, ...reservations, ...movements];
}

/** What the cart's own file says of what orders took out of carts. */
export function readClosures(store: StoreReader): ClosureFact[] {
  return store.rows('SELECT * FROM closure ORDER BY order_id').map((row) => ({
    kind: 'closure',
    cartId: row.text('cart_id'),
    orderId: row.text('order_id'),
    version: row.number('version'),
  }));
}
