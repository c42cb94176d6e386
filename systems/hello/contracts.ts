import { api, error, event, operation } from '@portico/contract';
import * as z from 'zod';

const Sku = z.string().regex(/^[A-Z0-9-]{2,40}$/);
const Quantity = z.int32().min(1).max(1_000);

export const OutOfStock = error({
  status: 409,
  summary: 'There is not enough of it.',
  data: z.object({ available: z.int32() }),
});

/** How much of each thing there is. */
export const Stock = api('stock', {
  version: '1.0.0',
  summary: 'How much of each thing there is.',
  operations: {
    getLevel: operation({
      summary: 'The stock level of one SKU.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /levels/{sku}',
      input: z.object({ sku: Sku }),
      output: z.object({ sku: Sku, available: z.int32() }),
    }),
    receive: operation({
      summary: 'Goods have come in.',
      exposure: 'public',
      access: 'stock:write',
      effect: 'keyed',
      http: 'POST /receipts',
      input: z.object({ sku: Sku, quantity: Quantity }),
      output: z.object({ available: z.int32() }),
    }),
    take: operation({
      summary: 'Takes pieces out, if there are enough. For other services only.',
      effect: 'keyed',
      input: z.object({ sku: Sku, quantity: Quantity }),
      output: z.object({ available: z.int32() }),
      errors: { OutOfStock },
    }),
  },
  events: {
    SoldOut: event({
      summary: 'The last piece was taken.',
      key: 'sku',
      payload: z.object({ sku: Sku }),
    }),
  },
});

/** Buying, for anyone who is signed in. */
export const Counter = api('counter', {
  version: '1.0.0',
  summary: 'Where things are bought.',
  operations: {
    buy: operation({
      summary: 'Buys pieces of one SKU.',
      exposure: 'public',
      access: 'counter:buy',
      effect: 'keyed',
      http: 'POST /purchases',
      input: z.object({ sku: Sku, quantity: Quantity }),
      output: z.object({ number: z.int32(), left: z.int32() }),
      errors: { OutOfStock },
    }),
  },
});
