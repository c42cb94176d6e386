// The service that the benchmarks call: small objects, real schemas, no data of its own.
import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import * as z from 'zod';

const Sku = z.string().min(1).max(40);

const Line = z.object({ sku: Sku, quantity: z.int32().min(1).max(99) }).meta({ id: 'Line' });

const Article = z
  .object({
    sku: Sku,
    title: z.string().max(200),
    description: z.string().max(2_000),
    price: z.int().min(0),
    currency: z.string().length(3),
    weight: z.number(),
    tags: z.array(z.string().max(40)).max(20),
    active: z.boolean(),
  })
  .meta({ id: 'Article' });

/** Stock levels and checks. */
export const Stock = api('stock', {
  version: '1.0.0',
  summary: 'Stock levels, as small as a real operation gets.',
  operations: {
    getLevel: operation({
      summary: 'Stock level of one SKU.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /levels/{sku}',
      input: z.object({ sku: Sku }),
      output: z.object({ sku: Sku, available: z.int32(), low: z.boolean() }),
    }),
    check: operation({
      summary: 'Checks an order against the stock.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'POST /checks',
      input: z.object({
        reference: z.string().min(1).max(80),
        note: z.string().max(200).optional(),
        lines: z.array(Line).min(1).max(100),
      }),
      output: z.object({ ok: z.boolean(), pieces: z.int32(), lines: z.int32() }),
    }),
    count: operation({
      summary: 'What call-local calls: an internal operation.',
      effect: 'safe',
      input: z.object({ sku: Sku, quantity: z.int32().min(0).max(1_000_000) }),
      output: z.object({ sku: Sku, available: z.int32(), low: z.boolean() }),
    }),
    importArticles: operation({
      summary: 'Takes articles in and says how many and what they cost together.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      http: 'POST /imports',
      input: z.object({ articles: z.array(Article).max(1_000) }),
      output: z.object({ articles: z.array(Article).max(1_000), total: z.int() }),
    }),
  },
});

/** The service behind {@link Stock}. */
export const stock = service(Stock)({
  operations: {
    async getLevel({ sku }) {
      return { sku, available: 12, low: false };
    },
    async check({ lines }) {
      const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
      return { ok: true, pieces, lines: lines.length };
    },
    async count({ sku, quantity }) {
      return { sku, available: quantity + 1, low: false };
    },
    async importArticles({ articles }) {
      return { articles, total: articles.reduce((sum, article) => sum + article.price, 0) };
    },
  },
});
