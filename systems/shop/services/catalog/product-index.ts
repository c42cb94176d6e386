import type { Currency } from '../../contracts/common.ts';
import { foldText } from '../../text.ts';
import { isValidAt } from './price-plan.ts';
import type { CategoryRow, Db, PriceRow, ProductRow, VariantRow } from './tables.ts';
import { createWordIndex, type WordIndex } from './word-index.ts';

/** How much a word counts, by where it stands. */
const WEIGHTS = { sku: 12, title: 8, variant: 5, attribute: 3, description: 1 } as const;
/** Rows per query when many products changed: SQLite binds 32,766 values at most. */
const BATCH = 500;

/** What customers filter and compare by. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** A variant as the search sees it; its attributes include those of its product. */
export interface IndexedVariant {
  readonly sku: string;
  readonly title: string;
  readonly attributes: readonly Attribute[];
  readonly prices: readonly PriceRow[];
}

/** A published product as the search sees it. */
export interface IndexedProduct {
  readonly productId: string;
  readonly slug: string;
  readonly title: string;
  /** For sorting: folded, so that case and marks do not matter. */
  readonly titleKey: string;
  readonly image: { readonly path: string; readonly alt: string } | undefined;
  readonly publishedAt: number;
  readonly categories: readonly string[];
  readonly variants: readonly IndexedVariant[];
}

/** The published products and the categories of one store, in memory. */
export interface ProductIndex {
  readonly products: ReadonlyMap<string, IndexedProduct>;
  readonly categories: ReadonlyMap<string, CategoryRow>;
  readonly words: WordIndex;
  /** Brings it to what the store holds now: takes what changed since the last time and nothing else. */
  refresh(db: Db): Promise<void>;
}

/** An empty index; the first `refresh` fills it. */
export function createProductIndex(): ProductIndex {
  const products = new Map<string, IndexedProduct>();
  const changes = new Map<string, number>();
  const categories = new Map<string, CategoryRow>();
  const words = createWordIndex();
  const seen = { products: 0, categories: 0 };

  function take(row: ProductRow, variants: readonly IndexedVariant[]): void {
    // Two refreshes may overlap: the one that read more wins, whichever ends first.
    if ((changes.get(row.product_id) ?? 0) >= row.change) return;
    changes.set(row.product_id, row.change);
    products.delete(row.product_id);
    words.remove(row.product_id);
    if (row.state !== 'published') return;
    products.set(row.product_id, toIndexed(row, variants));
    words.put(row.product_id, textsOf(row, variants));
  }

  return {
    products,
    categories,
    words,
    async refresh(db) {
      const now = await readCounters(db);
      if (now.categories > seen.categories) {
        const rows = await db.selectFrom('category').selectAll().execute();
        categories.clear();
        for (const row of rows) categories.set(row.category_id, row);
        seen.categories = Math.max(seen.categories, now.categories);
      }
      if (now.products > seen.products) {
        for await (const { row, variants } of readChanged(db, seen.products)) take(row, variants);
        seen.products = Math.max(seen.products, now.products);
      }
    },
  };
}

async function readCounters(db: Db) {
  const rows = await db.selectFrom('counter').selectAll().execute();
  const countOf = (name: string) => rows.find((row) => row.name === name)?.value ?? 0;
  return { products: countOf('products'), categories: countOf('categories') };
}

/** Every product that changed after `change`, in the order of changes. */
async function* readChanged(db: Db, change: number) {
  // Several products may share a change; the id parts them where a batch ends.
  let place = { change, productId: '\u{10ffff}' };
  for (;;) {
    const { change: at, productId } = place;
    const rows = await db
      .selectFrom('product')
      .selectAll()
      .where((where) =>
        where.or([
          where('change', '>', at),
          where.and([where('change', '=', at), where('product_id', '>', productId)]),
        ]),
      )
      .orderBy('change')
      .orderBy('product_id')
      .limit(BATCH)
      .execute();
    const last = rows.at(-1);
    if (!last) return;
    const data = await readVariants(
      db,
      rows.map((row) => row.product_id),
    );
    for (const row of rows) yield { row, variants: toVariants(row, data) };
    place = { change: last.change, productId: last.product_id };
  }
}

interface VariantData {
  readonly variants: readonly VariantRow[];
  readonly prices: ReadonlyMap<string, readonly PriceRow[]>;
}

async function readVariants(db: Db, productIds: readonly string[]): Promise<VariantData> {
  const variants = await db
    .selectFrom('variant')
    .selectAll()
    .where('product_id', 'in', productIds)
    .where('withdrawn', '=', 0)
    .orderBy('position')
    .orderBy('sku')
    .execute();
  const prices = new Map<string, PriceRow[]>();
  for (let at = 0; at < variants.length; at += BATCH) {
    const skus = variants.slice(at, at + BATCH).map((variant) => variant.sku);
    const rows = await db.selectFrom('price').selectAll().where('sku', 'in', skus).execute();
    for (const row of rows) {
      const ofSku = prices.get(row.sku);
      if (ofSku) ofSku.push(row);
      else prices.set(row.sku, [row]);
    }
  }
  return { variants, prices };
}

function toVariants(product: ProductRow, { variants, prices }: VariantData): IndexedVariant[] {
  const shared = parseAttributes(product.attributes);
  return variants
    .filter((variant) => variant.product_id === product.product_id)
    .map((variant) => ({
      sku: variant.sku,
      title: variant.title,
      attributes: [...shared, ...parseAttributes(variant.attributes)],
      prices: prices.get(variant.sku) ?? [],
    }));
}

function toIndexed(row: ProductRow, variants: readonly IndexedVariant[]): IndexedProduct {
  const images: IndexedProduct['image'][] = JSON.parse(row.images);
  return {
    productId: row.product_id,
    slug: row.slug,
    title: row.title,
    titleKey: foldText(row.title),
    image: images[0],
    publishedAt: row.published_at ?? 0,
    categories: JSON.parse(row.categories),
    variants,
  };
}

function textsOf(row: ProductRow, variants: readonly IndexedVariant[]) {
  const attributes = variants.flatMap((variant) => variant.attributes);
  return [
    { text: row.title, weight: WEIGHTS.title },
    { text: row.description, weight: WEIGHTS.description },
    { text: variants.map((variant) => variant.sku).join(' '), weight: WEIGHTS.sku },
    { text: variants.map((variant) => variant.title).join(' '), weight: WEIGHTS.variant },
    { text: attributes.map(({ value }) => value).join(' '), weight: WEIGHTS.attribute },
  ];
}

function parseAttributes(json: string): readonly Attribute[] {
  return JSON.parse(json);
}

/** The price of a variant in one currency at a moment. */
export function priceOf(variant: IndexedVariant, currency: Currency, at: number) {
  return variant.prices.find((price) => price.currency === currency && isValidAt(price, at));
}
