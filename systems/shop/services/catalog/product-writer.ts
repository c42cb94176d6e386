import type { InputOf } from '@portico/contract';
import { Failure } from '@portico/contract';
import type { Publish } from '@portico/service';
import { prepared } from '@portico/store';
import { type Catalog, CategoryUnknown, SkuTaken, SlugTaken } from '../../contracts/catalog.ts';
import { type Db, nextChange, type ProductRow, type VariantRow } from './tables.ts';

/** What staff say of a product, whichever way. */
export type ProductContent = Omit<
  InputOf<(typeof Catalog)['operations']['putProduct']>,
  'productId' | 'version'
>;

/** A transaction's means. */
export interface Writing {
  readonly db: Db;
  readonly publish: Publish<(typeof Catalog)['events']>;
  readonly now: number;
  /** The change number of the transaction, taken when something changes first. */
  change(): Promise<number>;
}

/** The means of one transaction. */
export function createWriting(transaction: Pick<Writing, 'db' | 'publish'>, now: number): Writing {
  const { db, publish } = transaction;
  let change: Promise<number> | undefined;
  return {
    db,
    publish,
    now,
    change() {
      change ??= nextChange(db, 'products');
      return change;
    },
  };
}

/** The state of a product before and after. */
export interface Written {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly row: ProductRow;
  readonly variants: readonly VariantRow[];
}

/**
 * Makes a product or replaces what it says. Writing what it says already changes nothing.
 * @throws SlugTaken, SkuTaken, CategoryUnknown
 */
export async function writeProduct(
  writing: Writing,
  productId: string,
  {
    content,
    current,
  }: { readonly content: ProductContent; readonly current?: ProductRow | undefined },
): Promise<Written> {
  const { db, now } = writing;
  assertDistinctSkus(content);
  await assertCategories(db, content.categories);
  await assertSlugFree(db, content.slug, productId);
  // A new product has none: imports are mostly of those, hundreds in one transaction.
  const existing = current ? await readAllVariants(db, productId) : [];
  await assertSkusFree(db, content, productId);
  const variants = toVariantRows(content, productId);
  const fields = toFields(content);
  if (current && isUnchanged(current, fields) && areSame(existing, variants)) {
    return { outcome: 'unchanged', row: current, variants };
  }
  const row = {
    product_id: productId,
    ...fields,
    state: current?.state ?? 'draft',
    revision: (current?.revision ?? 0) + 1,
    published_at: current?.published_at ?? null,
    updated_at: now,
    change: await writing.change(),
  };
  await storeProduct(db, row);
  if (existing.length > 0) await withdrawVariants(db, productId);
  if (variants.length > 0) await storeVariants(db, variants);
  if (row.state === 'published') {
    await writing.publish('ProductChanged', { productId, skus: variants.map(({ sku }) => sku) });
  }
  return { outcome: current ? 'updated' : 'created', row, variants };
}

/** The variants that a product has now, without those taken out of it. */
export async function readLiveVariants(db: Db, productId: string): Promise<VariantRow[]> {
  const rows = await readAllVariants(db, productId);
  return rows.filter((row) => row.withdrawn === 0);
}

const variantsOf = prepared((db: Db, { productId }: { readonly productId: string }) =>
  db
    .selectFrom('variant')
    .selectAll()
    .where('product_id', '=', productId)
    .orderBy('position')
    .orderBy('sku'),
);

async function readAllVariants(db: Db, productId: string): Promise<VariantRow[]> {
  return (await variantsOf(db, { productId })).rows;
}

function toFields(content: ProductContent) {
  return {
    slug: content.slug,
    title: content.title,
    description: content.description,
    tax_class: content.taxClass,
    categories: JSON.stringify(content.categories),
    attributes: JSON.stringify(content.attributes.map(({ name, value }) => ({ name, value }))),
    images: JSON.stringify(content.images.map(({ path, alt }) => ({ path, alt }))),
  };
}

function toVariantRows(content: ProductContent, productId: string): VariantRow[] {
  return content.variants.map((variant, position) => ({
    sku: variant.sku,
    product_id: productId,
    title: variant.title,
    attributes: JSON.stringify(variant.attributes.map(({ name, value }) => ({ name, value }))),
    position,
    withdrawn: 0,
  }));
}

function isUnchanged(current: ProductRow, fields: ReturnType<typeof toFields>): boolean {
  return Object.entries(fields).every(
    ([name, value]) => current[name as keyof ProductRow] === value,
  );
}

function areSame(existing: readonly VariantRow[], wanted: readonly VariantRow[]): boolean {
  const live = existing.filter((row) => row.withdrawn === 0);
  return JSON.stringify(live.map(inOrder)) === JSON.stringify(wanted.map(inOrder));
}

function inOrder({ sku, title, attributes, position }: VariantRow) {
  return [sku, title, attributes, position];
}

function assertDistinctSkus({ variants }: ProductContent): void {
  const seen = new Set<string>();
  for (const [at, { sku }] of variants.entries()) {
    if (seen.has(sku)) {
      throw Failure.rejected('invalid', 'The input is not valid.', {
        violations: [{ pointer: `/variants/${at}/sku`, detail: `${sku} is listed twice.` }],
      });
    }
    seen.add(sku);
  }
}

async function assertCategories(db: Db, categories: readonly string[]): Promise<void> {
  if (categories.length === 0) return;
  const rows = await db
    .selectFrom('category')
    .select('category_id')
    .where('category_id', 'in', categories)
    .execute();
  const known = new Set(rows.map((row) => row.category_id));
  const unknown = [...new Set(categories)].filter((category) => !known.has(category));
  if (unknown.length > 0) throw CategoryUnknown({ categories: unknown });
}

const ownerOfSlug = prepared((db: Db, { slug }: { readonly slug: string }) =>
  db.selectFrom('product').select('product_id').where('slug', '=', slug),
);

async function assertSlugFree(db: Db, slug: string, productId: string): Promise<void> {
  const [row] = (await ownerOfSlug(db, { slug })).rows;
  if (row && row.product_id !== productId) throw SlugTaken({ slug, productId: row.product_id });
}

async function assertSkusFree(
  db: Db,
  { variants }: ProductContent,
  productId: string,
): Promise<void> {
  if (variants.length === 0) return;
  const taken = await db
    .selectFrom('variant')
    .select(['sku', 'product_id'])
    .where(
      'sku',
      'in',
      variants.map(({ sku }) => sku),
    )
    .where('product_id', '!=', productId)
    .orderBy('sku')
    .executeTakeFirst();
  if (taken) throw SkuTaken({ sku: taken.sku, productId: taken.product_id });
}

const storeProduct = prepared((db: Db, row: ProductRow) => {
  const { product_id, slug, title, description, tax_class, categories, attributes, images } = row;
  const content = { slug, title, description, tax_class, categories, attributes, images };
  const { state, revision, published_at, updated_at, change } = row;
  const fields = { ...content, state, revision, published_at, updated_at, change };
  return db
    .insertInto('product')
    .values({ product_id, ...fields })
    .onConflict((conflict) => conflict.column('product_id').doUpdateSet(fields));
});

async function withdrawVariants(db: Db, productId: string): Promise<void> {
  await db
    .updateTable('variant')
    .set({ withdrawn: 1 })
    .where('product_id', '=', productId)
    .execute();
}

async function storeVariants(db: Db, rows: readonly VariantRow[]): Promise<void> {
  await db
    .insertInto('variant')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('sku').doUpdateSet((set) => ({
        title: set.ref('excluded.title'),
        attributes: set.ref('excluded.attributes'),
        position: set.ref('excluded.position'),
        withdrawn: 0,
      })),
    )
    .execute();
}
