import type { OutputOf } from '@portico/contract';
import type { Catalog } from '../../contracts/catalog.ts';
import type { Currency } from '../../contracts/common.ts';
import { type Money, MoneyError, sum, times } from '../../money.ts';
import { toInstant } from '../../subject.ts';
import type { FilledCart } from './carts.ts';
import type { CartContext } from './context.ts';
import type { Line } from './lines.ts';

/** What the catalog says of a SKU now. */
export type Offer = OutputOf<(typeof Catalog)['operations']['getOffers']>['offers'][number];
export type Offers = ReadonlyMap<string, Offer>;

/** What the catalog takes at once, which is also what a cart holds. */
const SKUS_MAX = 100;

/** The catalog's offers of SKUs, each asked for once. */
export async function fetchOffers(
  { uses }: CartContext,
  skus: readonly string[],
  currency: Currency,
): Promise<Offers> {
  const distinct = [...new Set(skus)];
  const offers = new Map<string, Offer>();
  for (let at = 0; at < distinct.length; at += SKUS_MAX) {
    const batch = distinct.slice(at, at + SKUS_MAX);
    const answer = await uses.catalog.getOffers({ skus: batch, currency });
    for (const offer of answer.offers) offers.set(offer.sku, offer);
  }
  return offers;
}

/** A cart as the contract shows it; an empty one where there is none. Without a subtotal if none can be said. */
export function toCartView(filled: FilledCart | undefined, offers: Offers) {
  if (!filled) return { version: 0, lines: [] };
  const { cart, lines } = filled;
  const shown = lines.map((line) => toLineView(line, cart.currency, offers));
  const subtotal = toSubtotal(lines, offers, cart.currency);
  return {
    cartId: cart.cart_id,
    version: cart.version,
    currency: cart.currency,
    lines: shown,
    ...(subtotal ? { subtotal } : {}),
    updatedAt: toInstant(cart.updated_at),
    expiresAt: toInstant(cart.expires_at),
  };
}

/** What the lines that are sold cost together; `undefined` when that is beyond the largest amount. */
export function toSubtotal(
  lines: readonly Line[],
  offers: Offers,
  currency: Currency,
): Money | undefined {
  try {
    const prices = lines.flatMap((line) => {
      const { price, quantity } = toLineView(line, currency, offers);
      return price ? [times(price, quantity)] : [];
    });
    return sum(prices, currency);
  } catch (problem) {
    if (problem instanceof MoneyError) return undefined;
    throw problem;
  }
}

function toLineView(
  { sku, quantity, title, price_seen }: Line,
  currency: Currency,
  offers: Offers,
) {
  const priceSeen = { amount: price_seen, currency };
  // A line that came while the offers were on their way was priced a moment ago: that is the price now.
  const offer = offers.get(sku) ?? { sku, title, price: priceSeen, sold: true };
  const price = offer.sold ? offer.price : undefined;
  return {
    sku,
    quantity,
    title: offer.productId === undefined ? title : offer.title,
    ...(offer.productId === undefined ? {} : { productId: offer.productId }),
    priceSeen,
    ...(price ? { price } : {}),
    sold: price !== undefined,
  };
}
