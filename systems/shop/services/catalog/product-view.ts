import { createHash } from 'node:crypto';
import type { OutputOf } from '@portico/contract';
import { prepared } from '@portico/store';
import type { Catalog } from '../../contracts/catalog.ts';
import { toInstant } from '../../subject.ts';
import { isValidAt } from './price-plan.ts';
import type { Db, PriceRow, ProductRow, VariantRow } from './tables.ts';

/** A product as the contract shows it. */
export type ProductView = OutputOf<(typeof Catalog)['operations']['getProduct']>;

/** Digits of the hash in a version: enough to tell the states of one revision apart. */
const DIGEST_LENGTH = 12;

const productById = prepared((db: Db, { id }: { readonly id: string }) =>
  db.selectFrom('product').selectAll().where('product_id', '=', id),
);

const productBySlug = prepared((db: Db, { slug }: { readonly slug: string }) =>
  db.selectFrom('product').selectAll().where('slug', '=', slug),
);

/** A product by its id or its slug, which never look alike: ids have an underscore. */
export async function findProduct(db: Db, idOrSlug: string): Promise<ProductRow | undefined> {
  const isId = idOrSlug.includes('_');
  const found = isId ? productById(db, { id: idOrSlug }) : productBySlug(db, { slug: idOrSlug });
  return (await found).rows[0];
}

/** A product with its variants and the prices that are valid at `now`. */
export async function readProductView(db: Db, row: ProductRow, now: number): Promise<ProductView> {
  const variants = await db
    .selectFrom('variant')
    .selectAll()
    .where('product_id', '=', row.product_id)
    .where('withdrawn', '=', 0)
    .orderBy('position')
    .orderBy('sku')
    .execute();
  const skus = variants.map((variant) => variant.sku);
  const prices =
    skus.length === 0
      ? []
      : await db
          .selectFrom('price')
          .selectAll()
          .where('sku', 'in', skus)
          .orderBy('currency')
          .execute();
  return toProductView(row, { variants, prices, now });
}

/** The same from rows at hand. `prices` may hold others than the valid ones. */
export function toProductView(
  row: ProductRow,
  parts: {
    readonly variants: readonly VariantRow[];
    readonly prices: readonly PriceRow[];
    readonly now: number;
  },
): ProductView {
  const valid = parts.prices.filter((price) => isValidAt(price, parts.now));
  const variants = parts.variants.map((variant) => ({
    sku: variant.sku,
    title: variant.title,
    attributes: JSON.parse(variant.attributes),
    prices: valid
      .filter((price) => price.sku === variant.sku)
      .map(({ amount, currency }) => ({ amount, currency })),
  }));
  return {
    productId: row.product_id,
    version: toVersion(row, variants),
    state: row.state,
    slug: row.slug,
    title: row.title,
    description: row.description,
    categories: JSON.parse(row.categories),
    taxClass: row.tax_class,
    attributes: JSON.parse(row.attributes),
    images: JSON.parse(row.images),
    variants,
    ...(row.published_at === null ? {} : { publishedAt: toInstant(row.published_at) }),
    updatedAt: toInstant(row.updated_at),
  };
}

/** The revision in a version that a client names; `undefined` for what is none of ours. */
export function parseRevision(version: string): number | undefined {
  const [, digits] = /^(\d{1,15})(-[0-9a-f]+)?$/.exec(version) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * The revision, which is what a change is checked against, and a hash of what else shows: prices begin
 * and end by themselves, and a cached copy must notice.
 */
function toVersion(row: ProductRow, variants: ProductView['variants']): string {
  const shown = JSON.stringify([row.state, variants.map(({ sku, prices }) => [sku, prices])]);
  const digest = createHash('sha256').update(shown).digest('hex').slice(0, DIGEST_LENGTH);
  return `${row.revision}-${digest}`;
}
