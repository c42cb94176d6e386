import type { Currency } from '../../contracts/common.ts';
import type { Db } from './tables.ts';

/** Title, tax class and price of SKUs, in the order they were asked for; unknown ones are not sold. */
export async function readOffers(
  db: Db,
  asked: { readonly skus: readonly string[]; readonly currency: Currency; readonly now: number },
) {
  const { skus, currency, now } = asked;
  const rows = await db
    .selectFrom('variant')
    .innerJoin('product', 'product.product_id', 'variant.product_id')
    .leftJoin('price', (join) =>
      join
        .onRef('price.sku', '=', 'variant.sku')
        .on('price.currency', '=', currency)
        .on('price.valid_from', '<=', now)
        .on((on) =>
          on.or([on('price.valid_until', 'is', null), on('price.valid_until', '>', now)]),
        ),
    )
    .select([
      'variant.sku',
      'variant.withdrawn',
      'variant.title as variant',
      'product.product_id',
      'product.title',
      'product.state',
      'product.tax_class',
      'price.amount',
    ])
    .where('variant.sku', 'in', skus)
    .execute();
  const bySku = new Map(rows.map((row) => [row.sku, row]));
  return skus.map((sku) => {
    const row = bySku.get(sku);
    if (!row) return { sku, title: sku, sold: false };
    const { amount } = row;
    return {
      sku,
      productId: row.product_id,
      title: `${row.title}, ${row.variant}`,
      taxClass: row.tax_class,
      ...(amount === null ? {} : { price: { amount, currency } }),
      sold: row.state === 'published' && row.withdrawn === 0 && amount !== null,
    };
  });
}
