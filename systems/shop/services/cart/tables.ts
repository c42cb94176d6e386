import type { HandleOf } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Currency } from '../../contracts/common.ts';
import { migrations } from './migrations.ts';

/** Times are Unix milliseconds. */
export interface CartRow {
  cart_id: string;
  /** Account, guest or consumer; empty once its person was erased. */
  subject: string;
  state: 'open' | 'ordered' | 'merged' | 'expired' | 'discarded';
  version: number;
  currency: Currency;
  updated_at: number;
  expires_at: number;
}

export interface LineRow {
  cart_id: string;
  sku: string;
  quantity: number;
  /** As the catalog named it when the line was last changed. */
  title: string;
  /** The price at that time, in the cart's currency. */
  price_seen: number;
  /** The cart's version that the line came with: an order of an earlier one does not hold it. */
  since_version: number;
}

/** An order that took its lines out of a cart. */
export interface ClosureRow {
  order_id: string;
  cart_id: string;
  version: number;
  at: number;
}

/** A guest whose cart was taken over: once, for ever. */
export interface MergeRow {
  guest_subject: string;
  subject: string;
  cart_id: string | null;
  guest_cart_id: string | null;
  at: number;
}

export interface CartTables {
  cart: CartRow;
  line: LineRow;
  closure: ClosureRow;
  merge: MergeRow;
}

export const store = sqlStore<CartTables>({ migrations });

/** A query handle on the cart's store. */
export type Db = HandleOf<typeof store>;
