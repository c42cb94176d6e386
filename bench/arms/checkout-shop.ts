// What every side of `checkout` sells, and the keys of its payment provider.
import { createCatalogue } from '../../systems/shop/seed/catalogue.ts';

/** The sandbox's own keys, which guard nothing of value. */
export const SANDBOX_KEYS = {
  publishable: 'pk_sandbox',
  secret: 'sk_sandbox',
  webhookSecret: 'whsec_c2FuZGJveC1wc3Atd2ViaG9vay1rZXk=',
};

/** Pieces of each SKU that are there before anything is measured: more than anyone will order. */
export const STOCK = 500_000;

/** All that is sold, with its price in EUR. */
export function listGoods() {
  return createCatalogue().flatMap(({ title, taxClass, variants }) =>
    variants.map(({ sku, size, prices }) => {
      const price = prices.find(({ currency }) => currency === 'EUR')?.amount ?? 0;
      return { sku, title: `${title}, ${size}`, taxClass, price };
    }),
  );
}
