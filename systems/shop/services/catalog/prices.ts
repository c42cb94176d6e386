import { Failure } from '@portico/contract';
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
  const variant = await db
    .selectFrom('variant')
    .select('product_id')
    .where('sku', '=', sku)
    .executeTakeFirst();
  if (!variant) throw Failure.rejected('not-found', `There is no SKU ${sku}.`);
  const plan = planPrice(await readPrices(db, sku, currency), order, now);
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
  await db
    .updateTable('product')
    .set({ change: await change() })
    .where('product_id', '=', variant.product_id)
    .execute();
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

function readPrices(db: Db, sku: string, currency: Currency): Promise<PriceRow[]> {
  return db
    .selectFrom('price')
    .selectAll()
    .where('sku', '=', sku)
    .where('currency', '=', currency)
    .orderBy('valid_from')
    .execute();
}

async function storePrice(db: Db, row: PriceRow): Promise<void> {
  await db
    .insertInto('price')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['sku', 'currency', 'valid_from'])
        .doUpdateSet({ amount: row.amount, valid_until: row.valid_until }),
    )
    .execute();
}
