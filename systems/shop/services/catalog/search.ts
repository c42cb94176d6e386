import type { InputOf } from '@portico/contract';
import type { Catalog } from '../../contracts/catalog.ts';
import type { Currency } from '../../contracts/common.ts';
import { PAGE_DEFAULT, parseCursor, toPage } from '../../paging.ts';
import { compareText } from '../../text.ts';
import { countFacets, fulfils, parseConditions } from './facets.ts';
import {
  type IndexedProduct,
  type IndexedVariant,
  type ProductIndex,
  priceOf,
} from './product-index.ts';

/** What is searched for. */
export type Query = InputOf<(typeof Catalog)['operations']['listProducts']>;
type Sort = NonNullable<Query['sort']>;

/** The place of a product in one order: smaller comes first. The id makes every order total. */
type Place = readonly [sort: string, rank: number, text: string, productId: string];

interface PricedVariant {
  readonly variant: IndexedVariant;
  readonly amount: number;
}

/** A product whose variants are priced in the currency asked for. */
interface Candidate {
  readonly product: IndexedProduct;
  readonly score: number;
  readonly priced: readonly PricedVariant[];
  /** Those within the price range. */
  readonly inRange: readonly PricedVariant[];
}

/** One page of what fits, in an order that depends on the store's content and the moment only. */
export function search(index: ProductIndex, query: Query, now: number) {
  const sort = query.sort ?? (query.q === undefined ? 'newest' : 'relevance');
  const after = parseCursor<Place>(query.cursor, ['', 0, '', '']);
  const limit = query.limit ?? PAGE_DEFAULT;
  const conditions = parseConditions(query.facets ?? []);
  const candidates = findCandidates(index, query, now);
  const placed = candidates
    .filter(({ inRange }) => inRange.some(({ variant }) => fulfils(variant, conditions)))
    .map((candidate) => ({ candidate, place: placeOf(candidate, sort) }))
    .sort((a, b) => comparePlaces(a.place, b.place));
  // A cursor of another order points nowhere here: it begins anew rather than at a wrong place.
  const start = after && after[0] === sort ? firstAfter(placed, after) : 0;
  const page = toPage(placed.slice(start, start + limit + 1), limit, {
    item: ({ candidate }) => toCard(candidate, query.currency ?? 'EUR'),
    position: ({ place }) => place,
  });
  const variants = candidates.map(({ inRange }) => inRange.map(({ variant }) => variant));
  return { ...page, total: placed.length, facets: countFacets(variants, conditions) };
}

/** A category and everything below it. A loop in the tree ends at the first repetition. */
export function withDescendants(index: ProductIndex, categoryId: string): ReadonlySet<string> {
  const found = new Set([categoryId]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const category of index.categories.values()) {
      if (category.parent !== null && found.has(category.parent)) found.add(category.category_id);
    }
  }
  return found;
}

function findCandidates(index: ProductIndex, query: Query, now: number): Candidate[] {
  const scores = query.q === undefined ? undefined : index.words.search(query.q);
  const categories =
    query.category === undefined ? undefined : withDescendants(index, query.category);
  const candidates: Candidate[] = [];
  for (const product of index.products.values()) {
    const score = scores ? scores.get(product.productId) : 0;
    if (score === undefined) continue;
    if (categories && !product.categories.some((category) => categories.has(category))) continue;
    const priced = priceVariants(product, query.currency ?? 'EUR', now);
    const inRange = priced.filter(({ amount }) => isWithin(amount, query));
    if (inRange.length > 0) candidates.push({ product, score, priced, inRange });
  }
  return candidates;
}

function priceVariants(product: IndexedProduct, currency: Currency, now: number): PricedVariant[] {
  return product.variants.flatMap((variant) => {
    const price = priceOf(variant, currency, now);
    return price ? [{ variant, amount: price.amount }] : [];
  });
}

function isWithin(amount: number, { priceFrom, priceUpTo }: Query): boolean {
  return amount >= (priceFrom ?? 0) && amount <= (priceUpTo ?? Number.POSITIVE_INFINITY);
}

function placeOf({ product, score, priced }: Candidate, sort: Sort): Place {
  const amounts = priced.map(({ amount }) => amount);
  const ranks: Record<Sort, number> = {
    relevance: -score,
    newest: -product.publishedAt,
    priceAscending: Math.min(...amounts),
    priceDescending: -Math.max(...amounts),
    title: 0,
  };
  return [sort, ranks[sort], product.titleKey, product.productId];
}

function comparePlaces(a: Place, b: Place): number {
  return a[1] - b[1] || compareText(a[2], b[2]) || compareText(a[3], b[3]);
}

function firstAfter(placed: readonly { readonly place: Place }[], after: Place): number {
  const at = placed.findIndex(({ place }) => comparePlaces(place, after) > 0);
  return at < 0 ? placed.length : at;
}

function toCard({ product, priced }: Candidate, currency: Currency) {
  const amounts = priced.map(({ amount }) => amount);
  const { productId, slug, title, image } = product;
  return {
    productId,
    slug,
    title,
    ...(image ? { image } : {}),
    priceFrom: { amount: Math.min(...amounts), currency },
    priceUpTo: { amount: Math.max(...amounts), currency },
    variants: priced.length,
    skus: priced.map(({ variant }) => variant.sku),
  };
}
