import { Failure } from '@portico/contract';
import { prepared } from '@portico/store';
import { ProductIncomplete } from '../../contracts/catalog.ts';
import { isValidAt } from './price-plan.ts';
import { parseRevision } from './product-view.ts';
import { readLiveVariants, type Writing } from './product-writer.ts';
import type { Db, PriceRow, ProductRow } from './tables.ts';

/** The answer for a product that does not exist for whoever asks. */
export function unknownProduct(productId: string): Failure {
  return Failure.rejected('not-found', `There is no product ${productId}.`);
}

/** Refuses a change that was made up from another revision (RFC 9110 §13.1.1). */
export function assertRevision(row: ProductRow, version: string): void {
  if (parseRevision(version) === row.revision) return;
  const message = 'Somebody has changed the product since. Read it again.';
  throw Failure.rejected('precondition-failed', message);
}

/**
 * Offers a product to customers; one that is offered already stays as it is.
 * @throws ProductIncomplete
 */
export async function publish(writing: Writing, row: ProductRow): Promise<ProductRow> {
  if (row.state === 'published') return row;
  const { db, now } = writing;
  const variants = await readLiveVariants(db, row.product_id);
  const skus = variants.map((variant) => variant.sku);
  const prices =
    skus.length === 0
      ? []
      : await db.selectFrom('price').selectAll().where('sku', 'in', skus).execute();
  const { description } = row;
  const categories = JSON.parse(row.categories);
  const missing = findMissing({ description, categories, skus, prices }, now);
  if (missing.length > 0) throw ProductIncomplete({ missing });
  const change = await writing.change();
  const next = { ...row, state: 'published' as const, published_at: now, updated_at: now, change };
  await store(db, next);
  await writing.publish('ProductPublished', { productId: row.product_id, skus });
  return next;
}

/** Ends a product. Retiring it again does nothing. */
export async function retire(writing: Writing, row: ProductRow): Promise<void> {
  if (row.state === 'retired') return;
  const { db, now } = writing;
  const change = await writing.change();
  await store(db, { ...row, state: 'retired', updated_at: now, change });
  const variants = await readLiveVariants(db, row.product_id);
  const skus = variants.map((variant) => variant.sku);
  await writing.publish('ProductRetired', { productId: row.product_id, skus });
}

/** What a customer must find of a product. */
export interface Completeness {
  readonly description: string;
  readonly categories: readonly string[];
  readonly skus: readonly string[];
  readonly prices: readonly PriceRow[];
}

/** A sentence for each thing that a customer would miss. */
export function findMissing(product: Completeness, now: number): string[] {
  const unpriced = product.skus.filter(
    (sku) => !product.prices.some((price) => price.sku === sku && isValidAt(price, now)),
  );
  return [
    ...(product.description.trim() === '' ? ['It has no description.'] : []),
    ...(product.categories.length === 0 ? ['It is in no category.'] : []),
    ...(product.skus.length === 0 ? ['It has no variant.'] : []),
    ...unpriced.map((sku) => `${sku} has no price now.`),
  ];
}

const store = prepared((db: Db, row: ProductRow) => {
  const { state, published_at, updated_at, change } = row;
  return db
    .updateTable('product')
    .set({ state, published_at, updated_at, change })
    .where('product_id', '=', row.product_id);
});
