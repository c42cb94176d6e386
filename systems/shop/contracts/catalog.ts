import { api, error, event, operation } from '@portico/contract';
import * as z from 'zod';
import {
  CatalogFact,
  Category,
  CategoryId,
  Facet,
  ImportResult,
  ImportRow,
  Offer,
  Price,
  Product,
  ProductCard,
  ProductVersion,
  productFields,
  Slug,
  VARIANTS_MAX,
  VariantInput,
} from './catalog-types.ts';
import {
  Amount,
  Currency,
  exportFacts,
  Instant,
  Money,
  ProductId,
  pageInput,
  pageOf,
  Sku,
} from './common.ts';

export const SlugTaken = error({
  status: 409,
  summary: 'Another product has this slug.',
  data: z.object({ slug: Slug, productId: ProductId }),
});
export const SkuTaken = error({
  status: 409,
  summary: 'Another product has or had this SKU. A SKU is never used again.',
  data: z.object({ sku: Sku, productId: ProductId }),
});
export const CategoryUnknown = error({
  status: 409,
  summary: 'Some categories do not exist. Make them with putCategory first.',
  data: z.object({ categories: z.array(CategoryId).max(10) }),
});
export const PriceOverlap = error({
  status: 409,
  summary: 'Another price of this SKU is valid in that time.',
  data: z.object({ existing: Price }),
});
export const ProductIncomplete = error({
  status: 409,
  summary: 'The product lacks something that customers need.',
  data: z.object({
    missing: z.array(z.string()).max(200).meta({ description: 'A sentence for each thing.' }),
  }),
});

const read = { exposure: 'public', access: 'anyone', effect: 'safe' } as const;
const write = { exposure: 'partner', access: 'catalog:write', owner: 'shared' } as const;
const Skus = z.array(Sku).max(1_000);
const ProductKey = z.object({ productId: ProductId, skus: Skus });

/** What is sold, and for how much. */
export const Catalog = api('catalog', {
  version: '1.0.0',
  summary: 'What is sold, and for how much.',
  operations: {
    listProducts: operation({
      ...read,
      summary: 'Search and browse what is sold.',
      description:
        'Products published and priced in the currency. Conditions on one facet are alternatives, ' +
        'those on several facets must all hold; counts of a facet leave out its own conditions.',
      http: 'GET /products',
      cost: 2,
      criticality: 'sheddable',
      cache: { maxAgeSeconds: 10, shared: true },
      input: z.object({
        q: z.string().max(200).meta({ description: 'Words; each must begin a word.' }).optional(),
        category: CategoryId.meta({ description: 'It and all below.' }).optional(),
        facets: z
          .array(z.string().regex(/^[^:]{1,60}:.{1,200}$/))
          .max(20)
          .meta({ description: 'Conditions.', examples: [['colour:brass', 'colour:black']] })
          .optional(),
        currency: Currency.meta({ description: 'EUR if left out.' }).optional(),
        priceFrom: Amount.min(0).meta({ description: 'In minor units.' }).optional(),
        priceUpTo: Amount.min(0).meta({ description: 'In minor units.' }).optional(),
        sort: z
          .enum(['relevance', 'newest', 'priceAscending', 'priceDescending', 'title'])
          .meta({ id: 'ProductSort', title: 'Order of products' })
          .optional(),
        ...pageInput,
      }),
      output: pageOf(ProductCard).extend({
        total: z.int().min(0),
        facets: z.array(Facet).max(100),
      }),
    }),
    getProduct: operation({
      ...read,
      summary: 'One product, by its id or its slug.',
      description: 'Drafts and retired products are shown to staff only.',
      http: 'GET /products/{productId}',
      owner: 'shared',
      cache: { maxAgeSeconds: 10, shared: false },
      input: z.object({
        productId: z
          .string()
          .regex(/^[a-z0-9][a-z0-9_-]*$/)
          .max(80)
          .meta({ title: 'Id or slug', examples: ['brass-lantern'] }),
      }),
      output: Product,
    }),
    listCategories: operation({
      ...read,
      summary: 'The tree of categories.',
      http: 'GET /categories',
      cache: { maxAgeSeconds: 60, shared: true },
      output: pageOf(Category),
    }),
    putCategory: operation({
      ...write,
      summary: 'Make or change a category.',
      effect: 'idempotent',
      http: 'PUT /categories/{categoryId}',
      input: Category.omit({ products: true }),
      output: Category,
      errors: { CategoryUnknown },
    }),
    putProduct: operation({
      ...write,
      summary: 'Make a product, or replace what it says.',
      description:
        'The id is yours to choose: `prd_` and 26 characters. Replacing needs `If-Match`. A ' +
        'variant that is left out is not sold any more; its SKU stays taken.',
      effect: 'idempotent',
      http: 'PUT /products/{productId}',
      input: z.object({
        productId: ProductId,
        version: ProductVersion.optional(),
        ...productFields,
        variants: z.array(VariantInput).max(VARIANTS_MAX),
      }),
      output: Product,
      errors: { SlugTaken, SkuTaken, CategoryUnknown },
    }),
    putPrice: operation({
      ...write,
      summary: 'Set the price of a SKU, now or from a moment on.',
      description:
        'Ends an open-ended price that is valid before it. A price that has begun is history: it ' +
        'can end, but not change. Without `from`: now.',
      effect: 'idempotent',
      http: 'PUT /skus/{sku}/prices/{currency}',
      input: z.object({
        sku: Sku,
        currency: Currency,
        amount: Amount.min(0),
        from: Instant.optional(),
        until: Instant.optional(),
      }),
      output: Price,
      errors: { PriceOverlap },
    }),
    publishProduct: operation({
      ...write,
      summary: 'Offer a product to customers.',
      effect: 'idempotent',
      http: 'PUT /products/{productId}/publication',
      input: z.object({ productId: ProductId, version: ProductVersion }),
      output: Product,
      errors: { ProductIncomplete },
    }),
    retireProduct: operation({
      ...write,
      summary: 'Stop selling a product for ever.',
      description: 'Its slug and SKUs stay taken. Orders keep what they hold of it.',
      effect: 'idempotent',
      http: 'DELETE /products/{productId}',
      input: z.object({ productId: ProductId, version: ProductVersion }),
    }),
    importProducts: operation({
      ...write,
      summary: 'Make or replace up to 500 products, with a result per row.',
      description: 'A row that is refused stops no other row. Rows are known by their slugs.',
      effect: 'keyed',
      http: 'POST /imports',
      cost: 50,
      criticality: 'batch',
      timeoutMs: 10_000,
      maxBytes: 8 * 1_024 * 1_024,
      input: z.object({ rows: z.array(ImportRow).min(1).max(500) }),
      output: z.object({ results: z.array(ImportResult).max(500) }),
    }),
    getOffers: operation({
      summary: 'Title, price and tax class of many SKUs at once.',
      effect: 'safe',
      criticality: 'critical',
      input: z.object({ skus: z.array(Sku).min(1).max(100), currency: Currency }),
      output: z.object({ offers: z.array(Offer).max(100) }),
    }),
    exportFacts: exportFacts(
      CatalogFact,
      'products with their SKUs, and every price there ever was',
    ),
  },
  events: {
    ProductPublished: event({
      summary: 'A product can be bought.',
      key: 'productId',
      payload: ProductKey,
    }),
    ProductChanged: event({
      summary: 'A published product says something else now, or has other variants.',
      key: 'productId',
      exposure: 'partner',
      access: 'catalog:write',
      owner: 'shared',
      payload: ProductKey,
    }),
    PriceChanged: event({
      summary: 'A SKU has a new price, now or from a moment on.',
      key: 'sku',
      payload: z.object({
        sku: Sku,
        productId: ProductId,
        price: Money,
        from: Instant,
        until: Instant.optional(),
      }),
    }),
    ProductRetired: event({
      summary: 'A product is not sold any more.',
      key: 'productId',
      payload: ProductKey,
    }),
  },
});
