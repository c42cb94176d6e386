import { Failure } from '@portico/contract';
import { prepared } from '@portico/store';
import { PriceOverlap } from '../../contracts/catalog.ts';
import type { Currency } from '../../contracts/common.ts';
import { present, toInstant } from '../../subject.ts';
import { type PriceRequest, planPrice } from './price-plan.ts';
import type { Writing } from './product-writer.ts';
import type { Db, PriceRow } from './tables.ts';

/** The price of one SKU in one currency, as staff ask for it. */
export interface PriceOrder extends PriceRequest {
  readonly sku: string;
  readonly currency: Currency;
}

/**
 * Gives a SKU a price. What stands already stays as it is.
 * @throws PriceOverlap
 * @throws {Failure} `not-found` for an unknown SKU, `invalid` for a time that can't be.
 */
export async function writePrice(
  { db, publish, now, change }: Writing,
  order: PriceOrder,
): Promise<{ readonly price: PriceRow; readonly changed: boolean }> {
  const { sku, currency } = order;
  const [variant] = (await productOf(db, { sku })).rows;
  if (!variant) throw Failure.rejected('not-found', `There is no SKU ${sku}.`);
  const plan = planPrice((await pricesOf(db, { sku, currency })).rows, order, now);
  if (plan.kind === 'invalid') {
    throw Failure.rejected('invalid', 'The input is not valid.', {
      violations: [{ pointer: `/${plan.field}`, detail: plan.detail }],
    });
  }
  if (plan.kind === 'overlap') {
    throw PriceOverlap({ existing: toPrice({ sku, currency, ...plan.existing }) });
  }
  const price = { sku, currency, ...plan.price };
  if (plan.kind === 'same') return { price, changed: false };
  // The one before ends first: two open ends at once would be refused by their index.
  if (plan.closed) await storePrice(db, { sku, currency, ...plan.closed });
  await storePrice(db, price);
  await markChanged(db, { change: await change(), id: variant.product_id });
  await publish('PriceChanged', { ...toPrice(price), productId: variant.product_id });
  return { price, changed: true };
}

/** A price as the contract shows it. */
export function toPrice({ sku, currency, amount, valid_from, valid_until }: PriceRow) {
  return {
    sku,
    price: { amount, currency },
    from: toInstant(valid_from),
    ...present('until', valid_until === null ? undefined : toInstant(valid_until)),
  };
}

const productOf = prepared((db: Db, { sku }: { readonly sku: string }) =>
  db.selectFrom('variant').select('product_id').where('sku', '=', sku),
);

const pricesOf = prepared((db: Db, price: { readonly sku: string; readonly currency: Currency }) =>
  db
    .selectFrom('price')
    .selectAll()
    .where('sku', '=', price.sku)
    .where('currency', '=', price.currency)
    .orderBy('valid_from'),
);

const storePrice = prepared((db: Db, row: PriceRow) => {
  const { sku, currency, amount, valid_from, valid_until } = row;
  return db
    .insertInto('price')
    .values({ sku, currency, amount, valid_from, valid_until })
    .onConflict((conflict) =>
      conflict.columns(['sku', 'currency', 'valid_from']).doUpdateSet({ amount, valid_until }),
    );
});

const markChanged = prepared(
  (db: Db, { id, change }: { readonly id: string; readonly change: number }) =>
    db.updateTable('product').set({ change }).where('product_id', '=', id),
);
