import type { HandleOf } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Currency } from '../../contracts/common.ts';
import { migrations } from './migrations.ts';

export interface CategoryRow {
  category_id: string;
  title: string;
  parent: string | null;
  position: number;
}

/** Times are Unix milliseconds; `categories`, `attributes` and `images` are JSON. */
export interface ProductRow {
  product_id: string;
  slug: string;
  /** Counts what staff changed. */
  revision: number;
  state: 'draft' | 'published' | 'retired';
  title: string;
  description: string;
  tax_class: 'standard' | 'reduced';
  categories: string;
  attributes: string;
  images: string;
  published_at: number | null;
  updated_at: number;
  /** The store's change number when anything of it changed last, prices included. */
  change: number;
}

export interface VariantRow {
  sku: string;
  product_id: string;
  title: string;
  attributes: string;
  position: number;
  /** 1: taken out of the product. The row stays, so that the SKU is never another's. */
  withdrawn: number;
}

/** Valid from `valid_from` up to, not including, `valid_until`. */
export interface PriceRow {
  sku: string;
  currency: Currency;
  valid_from: number;
  valid_until: number | null;
  amount: number;
}

/** Change numbers: every write of the store raises one, so a reader after `n` misses nothing. */
export interface CounterRow {
  name: 'products' | 'categories';
  value: number;
}

export interface CatalogTables {
  category: CategoryRow;
  product: ProductRow;
  variant: VariantRow;
  price: PriceRow;
  counter: CounterRow;
}

export const store = sqlStore<CatalogTables>({ migrations });

/** A query handle on the catalog's store. */
export type Db = HandleOf<typeof store>;

/** The next change number. Its row is locked until the commit, so numbers become visible in order. */
export async function nextChange(db: Db, name: CounterRow['name']): Promise<number> {
  const row = await db
    .updateTable('counter')
    .set((columns) => ({ value: columns('value', '+', 1) }))
    .where('name', '=', name)
    .returning('value')
    .executeTakeFirstOrThrow();
  return row.value;
}
