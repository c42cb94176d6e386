import { version } from '@portico/contract';
import * as z from 'zod';
import { Amount, Currency, Instant, Money, ProductId, Sku } from './common.ts';

/** The most variants of one product. */
export const VARIANTS_MAX = 50;

export const Slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .max(80)
  .meta({
    title: 'Slug',
    description: 'Lower-case words with hyphens.',
    examples: ['brass-lantern'],
  });

export const CategoryId = Slug.meta({ title: 'Category', examples: ['garden-lights'] });

export const ProductVersion = z
  .string()
  .max(40)
  .meta({
    ...version(),
    description: 'Opaque. Changes with the product, and with each price that begins or ends.',
  });

export const TaxClass = z.enum(['standard', 'reduced']).meta({
  id: 'TaxClass',
  title: 'Tax class',
  description: 'What is taxed alike. The rate depends on the country and the day.',
});

export const Attribute = z
  .object({
    name: z
      .string()
      .min(1)
      .max(60)
      .meta({ examples: ['colour'] }),
    value: z
      .string()
      .min(1)
      .max(200)
      .meta({ examples: ['brass'] }),
  })
  .meta({
    id: 'Attribute',
    title: 'Attribute',
    description: 'What customers filter and compare by.',
  });

export const Image = z
  .object({
    path: z
      .string()
      .min(1)
      .max(300)
      .meta({ description: 'Below the shop, or an absolute address.' }),
    alt: z.string().min(1).max(300).meta({ description: 'What the picture shows, in words.' }),
  })
  .meta({ id: 'Image', title: 'Picture' });

const Attributes = z.array(Attribute).max(50);

/** What a product says of itself: the part that staff write. */
export const productFields = {
  slug: Slug,
  title: z.string().min(1).max(200),
  description: z
    .string()
    .max(10_000)
    .meta({ description: 'Plain text; empty lines part paragraphs.' }),
  categories: z.array(CategoryId).max(10),
  taxClass: TaxClass,
  attributes: Attributes,
  images: z.array(Image).max(20),
};

const variantFields = {
  sku: Sku,
  title: z.string().min(1).max(100).meta({ description: 'What tells it from the other variants.' }),
  attributes: Attributes,
};

export const VariantInput = z
  .object(variantFields)
  .meta({ id: 'VariantInput', title: 'Variant, as staff write it' });

export const Variant = z
  .object({
    ...variantFields,
    prices: z.array(Money).max(10).meta({ description: 'Valid now, with tax; one per currency.' }),
  })
  .meta({ id: 'Variant', title: 'Variant of a product' });

export const ProductState = z
  .enum(['draft', 'published', 'retired'])
  .meta({ id: 'ProductState', title: 'State of a product' });

export const Product = z
  .object({
    productId: ProductId,
    version: ProductVersion,
    state: ProductState,
    ...productFields,
    variants: z.array(Variant).max(VARIANTS_MAX),
    publishedAt: Instant.optional(),
    updatedAt: Instant,
  })
  .meta({ id: 'Product', title: 'Product' });

export const ProductCard = z
  .object({
    productId: ProductId,
    slug: Slug,
    title: z.string(),
    image: Image.optional(),
    priceFrom: Money.meta({ description: 'Of the cheapest variant.' }),
    priceUpTo: Money.meta({ description: 'Of the dearest variant.' }),
    variants: z.int().min(1),
    skus: z.array(Sku).max(VARIANTS_MAX),
  })
  .meta({ id: 'ProductCard', title: 'Product in a list' });

export const Facet = z
  .object({
    name: z.string(),
    values: z
      .array(
        z
          .object({ value: z.string(), products: z.int().min(1) })
          .meta({ id: 'FacetValue', title: 'Value of a facet' }),
      )
      .max(100),
  })
  .meta({
    id: 'Facet',
    title: 'Facet',
    description: 'An attribute, its values, and how many of the products found have each.',
  });

export const Category = z
  .object({
    categoryId: CategoryId,
    title: z.string().min(1).max(100),
    parent: CategoryId.optional(),
    position: z.int().min(0).max(10_000).meta({ description: 'Order among its siblings.' }),
    products: z.int().min(0).meta({ description: 'Published ones, here and below.' }),
  })
  .meta({ id: 'Category', title: 'Category' });

export const Price = z
  .object({
    sku: Sku,
    price: Money,
    from: Instant,
    until: Instant.meta({ description: 'The first moment at which it is not valid.' }).optional(),
  })
  .meta({ id: 'Price', title: 'Price and when it is valid' });

export const ImportRow = z
  .object({
    ...productFields,
    variants: z
      .array(
        z
          .object({
            ...variantFields,
            prices: z
              .array(
                z
                  .object({ currency: Currency, amount: Amount.min(0) })
                  .meta({ id: 'ImportPrice', title: 'Price that begins now' }),
              )
              .max(10),
          })
          .meta({ id: 'ImportVariant', title: 'Variant to import' }),
      )
      .min(1)
      .max(VARIANTS_MAX),
    publish: z.boolean().meta({ description: 'Publish it if it is complete.' }).optional(),
  })
  .meta({
    id: 'ImportRow',
    title: 'Product to import',
    description: 'Known by its slug: made if it is new, else replaced.',
  });

export const ImportResult = z
  .object({
    row: z.int().min(0).meta({ description: 'Counted from 0.' }),
    outcome: z
      .enum(['created', 'updated', 'unchanged', 'refused'])
      .meta({ id: 'ImportOutcome', title: 'Outcome of a row' }),
    productId: ProductId.optional(),
    problem: z.string().meta({ description: 'Why it was refused, and what to do.' }).optional(),
  })
  .meta({ id: 'ImportResult', title: 'Result of a row' });

export const Offer = z
  .object({
    sku: Sku,
    productId: ProductId.optional(),
    title: z.string().meta({ description: 'Product and variant, as carts and orders show it.' }),
    taxClass: TaxClass.optional(),
    price: Money.optional(),
    sold: z.boolean().meta({ description: 'Published, and priced in this currency now.' }),
  })
  .meta({
    id: 'Offer',
    title: 'Offer',
    description: 'An unknown SKU is an offer that is not sold.',
  });

export const CatalogFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('product'),
        productId: z.string(),
        state: ProductState,
        skus: z.array(Sku).max(1_000),
      })
      .meta({ id: 'ProductFact' }),
    z
      .object({
        kind: z.literal('price'),
        sku: Sku,
        price: Money,
        from: Instant,
        until: Instant.optional(),
      })
      .meta({ id: 'PriceFact' }),
  ])
  .meta({ id: 'CatalogFact', title: 'Fact of catalog' });
