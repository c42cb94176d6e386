import { PAGE_DEFAULT, parseCursor, toCursor } from '../../paging.ts';
import { toPrice } from './prices.ts';
import type { Db } from './tables.ts';

type Place = readonly [kind: string, id: string, currency: string, from: number];

/** Products in the order of their ids with every SKU they ever had, then every price. */
export async function exportFacts(
  { limit = PAGE_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  { store }: { readonly store: Db },
) {
  const place = parseCursor<Place>(cursor, ['', '', '', 0]) ?? ['product', '', '', 0];
  if (place[0] === 'price') return readPriceFacts(store, place, limit);
  const products = await readProductFacts(store, place[1], limit);
  const last = products.at(-1);
  if (products.length === limit && last) {
    return { items: products, next: toCursor(['product', last.productId, '', 0]) };
  }
  const prices = await readPriceFacts(store, ['price', '', '', 0], limit - products.length);
  return { ...prices, items: [...products, ...prices.items] };
}

async function readProductFacts(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('product')
    .select(['product_id', 'state'])
    .where('product_id', '>', after)
    .orderBy('product_id')
    .limit(limit)
    .execute();
  if (rows.length === 0) return [];
  const variants = await db
    .selectFrom('variant')
    .select(['sku', 'product_id'])
    .where(
      'product_id',
      'in',
      rows.map((row) => row.product_id),
    )
    .orderBy('sku')
    .execute();
  return rows.map((row) => ({
    kind: 'product' as const,
    productId: row.product_id,
    state: row.state,
    skus: variants.filter((each) => each.product_id === row.product_id).map(({ sku }) => sku),
  }));
}

async function readPriceFacts(db: Db, [, sku, currency, from]: Place, limit: number) {
  const rows = await db
    .selectFrom('price')
    .selectAll()
    .where((where) =>
      where.or([
        where('sku', '>', sku),
        where.and([where('sku', '=', sku), where('currency', '>', currency as 'EUR')]),
        where.and([
          where('sku', '=', sku),
          where('currency', '=', currency as 'EUR'),
          where('valid_from', '>', from),
        ]),
      ]),
    )
    .orderBy('sku')
    .orderBy('currency')
    .orderBy('valid_from')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => ({ kind: 'price' as const, ...toPrice(row) }));
  const last = shown.at(-1);
  // Without room for a price on this page, the next one begins with them.
  const place: Place = last
    ? ['price', last.sku, last.currency, last.valid_from]
    : ['price', sku, currency, from];
  return rows.length > limit ? { items, next: toCursor(place) } : { items };
}
