import { NotSold } from '../../contracts/cart.ts';
import { NotDeliverable } from '../../contracts/orders.ts';
import {
  add,
  type Currency,
  type Money,
  subtract,
  sum,
  taxPart,
  times,
  zero,
} from '../../money.ts';
import { listShippingOptions, type ShippingOption } from './shipping-rates.ts';
import { type TaxClass, taxRate } from './tax-rates.ts';

/** What the catalog offers for a SKU now. */
export interface Offer {
  readonly sku: string;
  readonly title: string;
  readonly taxClass?: TaxClass | undefined;
  readonly price?: Money | undefined;
  readonly sold: boolean;
}

/** What is to be priced. */
export interface PricingRequest {
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly offers: readonly Offer[];
  readonly currency: Currency;
  readonly country: string;
  /** The cheapest one if left out. */
  readonly shippingMethod?: string | undefined;
}

/** A line with its price and the tax in it. */
export interface PricedLine {
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly total: Money;
  readonly tax: { readonly rateBasisPoints: number; readonly amount: Money };
}

/** What an order costs. `total` = `subtotal` − `discount` + `shipping`; `tax` is part of it. */
export interface PricedOrder {
  readonly lines: readonly PricedLine[];
  readonly subtotal: Money;
  readonly discount: Money;
  readonly shipping: Money;
  readonly total: Money;
  readonly tax: Money;
  readonly shippingMethod: string;
  readonly shippingOptions: readonly ShippingOption[];
}

/**
 * Prices an order at what the catalog asks now. Tax is rounded per line; shipping is taxed at the
 * standard rate.
 *
 * @throws `NotSold` for the first SKU that is not sold in this currency; `NotDeliverable` when the shop
 * does not ship there, or not this way.
 */
export function priceOrder(request: PricingRequest): PricedOrder {
  const { country, currency } = request;
  const offers = new Map(request.offers.map((offer) => [offer.sku, offer]));
  const lines = request.lines.map((line) => priceLine(line, offers.get(line.sku), country));
  const subtotal = sum(
    lines.map((line) => line.total),
    currency,
  );
  const shippingOptions = listShippingOptions(country, subtotal);
  const option = request.shippingMethod
    ? shippingOptions.find((each) => each.method === request.shippingMethod)
    : shippingOptions[0];
  const shippingRate = taxRate(country, 'standard');
  if (!option || shippingRate === undefined) throw NotDeliverable({ country });
  const discount = zero(currency);
  const taxes = [...lines.map((line) => line.tax.amount), taxPart(option.price, shippingRate)];
  return {
    lines,
    subtotal,
    discount,
    shipping: option.price,
    total: add(subtract(subtotal, discount), option.price),
    tax: sum(taxes, currency),
    shippingMethod: option.method,
    shippingOptions,
  };
}

function priceLine(
  { sku, quantity }: { readonly sku: string; readonly quantity: number },
  offer: Offer | undefined,
  country: string,
): PricedLine {
  if (!offer?.sold || !offer.price) throw NotSold({ sku });
  const rateBasisPoints = taxRate(country, offer.taxClass ?? 'standard');
  if (rateBasisPoints === undefined) throw NotDeliverable({ country });
  const total = times(offer.price, quantity);
  const amount = taxPart(total, rateBasisPoints);
  const { title, price: unitPrice } = offer;
  return { sku, title, quantity, unitPrice, total, tax: { rateBasisPoints, amount } };
}
