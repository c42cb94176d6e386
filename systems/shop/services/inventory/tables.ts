import type { Transaction } from '@portico/service';
import { type SqlStoreDefinition, sqlStore } from '@portico/store';
import type { Generated, Kysely } from 'kysely';
import type { Inventory } from '../../contracts/inventory.ts';
import { migrations } from './migrations.ts';

/** Where a reservation stands; see `reservation-states.ts` for the moves. */
export type ReservationState = 'held' | 'pinned' | 'committed' | 'expired' | 'released';

/** Why pieces came or went. */
export type MovementKind = 'receipt' | 'adjustment' | 'commit' | 'restock';

/** What inventory owns. Times are Unix ms. */
export interface InventoryTables {
  stock: { sku: string; on_hand: number; reserved: number };
  reservation: {
    name: string;
    /** Empty on the tombstone of a reservation that never came. */
    order_id: string;
    state: ReservationState;
    expires_at: number;
    updated_at: number;
  };
  reservation_line: { reservation: string; sku: string; quantity: number };
  movement: {
    seq: Generated<number>;
    movement_id: string;
    sku: string;
    kind: MovementKind;
    quantity: number;
    reference: string;
    at: number;
  };
}

/** The store of inventory. */
export const store: SqlStoreDefinition<InventoryTables> = sqlStore<InventoryTables>({ migrations });

/** Queries on inventory's own data. */
export type InventoryDb = Kysely<InventoryTables>;

/** A transaction on inventory's own data. */
export type InventoryTransaction = Transaction<typeof store, (typeof Inventory)['events']>;
