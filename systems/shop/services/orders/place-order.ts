import { Failure, type InputOf } from '@portico/contract';
import { isUniqueViolation, prepared } from '@portico/store';
import { sql } from 'kysely';
import { OutOfStock } from '../../contracts/inventory.ts';
import {
  CartChanged,
  CartEmpty,
  CheckoutOpen,
  type Orders,
  PriceChanged,
} from '../../contracts/orders.ts';
import { isSame, type Money, MoneyError } from '../../money.ts';
import { checkout } from './checkout.ts';
import { type PricedOrder, type PricingRequest, priceOrder } from './pricing.ts';
import type { OrderRow, OrdersDb, OrdersTransaction } from './tables.ts';
import { addHistory } from './transitions.ts';
import type { OrdersContext } from './uses.ts';
import { readOrder } from './views.ts';

type PlaceOrder = InputOf<(typeof Orders)['operations']['placeOrder']>;

/** What reading a cart and the catalog needs. */
type Sources = Pick<OrdersContext['uses'], 'cart' | 'catalog'>;

/** A cart with what it would cost now. @throws `CartEmpty`, `NotSold`, `NotDeliverable`. */
export async function quote(
  request: {
    readonly subject: string;
    readonly country: string;
    readonly shippingMethod?: string | undefined;
  },
  { cart, catalog }: Sources,
) {
  const found = await cart.getCheckoutCart({ subject: request.subject });
  const { cartId, currency, lines } = found;
  if (!cartId || !currency || lines.length === 0) throw CartEmpty();
  const skus = lines.map((line) => line.sku);
  const { offers } = await catalog.getOffers({ skus, currency });
  const { country, shippingMethod } = request;
  const priced = priceExactly({ lines, offers, currency, country, shippingMethod });
  return { cartId, cartVersion: found.version, currency, cartLines: lines, priced };
}

/** Refuses what can't be added up exactly: prices may have risen since it came into the cart. */
function priceExactly(request: PricingRequest): PricedOrder {
  try {
    return priceOrder(request);
  } catch (problem) {
    if (!(problem instanceof MoneyError)) throw problem;
    const message = 'The order would cost more than can be paid. Take something out of the cart.';
    throw Failure.rejected('invalid', message);
  }
}

/** What was checked before the order is written. */
export interface CheckedOrder {
  readonly cartId: string;
  readonly cartVersion: number;
  readonly currency: Money['currency'];
  readonly priced: PricedOrder;
}

/**
 * Checks cart version, prices, total and stock, by calls alone.
 * @throws the declared error of whatever the customer did not agree to.
 */
export async function checkOrder(
  input: PlaceOrder,
  { subject, uses, store }: { subject: string } & Pick<OrdersContext, 'uses' | 'store'>,
): Promise<CheckedOrder> {
  const open = await findOpenCheckout(store, { subject });
  if (open) throw CheckoutOpen({ orderId: open.order_id });
  const { country } = input.shippingAddress;
  const found = await quote({ subject, country, shippingMethod: input.shippingMethod }, uses);
  if (found.cartVersion !== input.cartVersion) {
    throw CartChanged({ version: found.cartVersion });
  }
  const { priced } = found;
  if (!isSame(priced.total, input.expectedTotal)) {
    throw PriceChanged({
      lines: findChanged(found.cartLines, priced),
      expected: input.expectedTotal,
      actual: priced.total,
    });
  }
  if (priced.total.amount > 0 && !input.paymentToken) {
    throw Failure.rejected('invalid', 'The order has to be paid.', {
      violations: [{ pointer: '/paymentToken', detail: 'Is needed for a total above zero.' }],
    });
  }
  await checkStock(priced, uses);
  return found;
}

/**
 * Writes the order with its saga and the first line of its history. The two unique indexes refuse a
 * second order of the same cart, whoever races.
 */
export async function writeOrder(
  transaction: OrdersTransaction,
  input: PlaceOrder,
  placing: CheckedOrder & {
    readonly subject: string;
    readonly orderId: string;
    readonly paymentId: string;
    readonly now: number;
  },
) {
  const { db, publish, start } = transaction;
  const { orderId, subject, now } = placing;
  const order = toRow(input, placing);
  try {
    await db.insertInto('orders').values(order).execute();
  } catch (problem) {
    if (!isUniqueViolation(problem)) throw problem;
    const other = await findOpenCheckout(db, placing);
    if (!other) throw CartChanged({ version: placing.cartVersion });
    throw CheckoutOpen({ orderId: other.order_id });
  }
  await db.insertInto('order_line').values(toLines(orderId, placing.priced)).execute();
  const { contact, shippingAddress } = input;
  await db
    .insertInto('contact')
    .values({
      order_id: orderId,
      name: contact.name,
      email: contact.email.toLowerCase(),
      phone: contact.phone ?? null,
      address: JSON.stringify(shippingAddress),
    })
    .execute();
  const why = { by: subject, now };
  await addHistory(transaction, orderId, { axis: 'state', to: 'pending', why });
  await start(checkout, { id: orderId, queue: orderId, data: { orderId } });
  await publish('OrderPlaced', { orderId, total: placing.priced.total, subject });
  return readOrder(db, order);
}

// Whether it is open is in the text: bound, SQLite would plan the statement anew each time, for its partial index.
const openCheckoutOf = prepared((db: OrdersDb, { subject }: { readonly subject: string }) =>
  db
    .selectFrom('orders')
    .selectAll()
    .where('subject', '=', subject)
    .where('checkout_open', '=', sql.lit(1))
    .limit(1),
);

async function findOpenCheckout(
  db: OrdersDb,
  of: { readonly subject?: string; readonly cartId?: string; readonly cartVersion?: number },
): Promise<OrderRow | undefined> {
  const { cartId } = of;
  if (!cartId) return (await openCheckoutOf(db, { subject: of.subject ?? '' })).rows[0];
  return db
    .selectFrom('orders')
    .selectAll()
    .where('cart_id', '=', cartId)
    .where((eb) =>
      eb.or([
        eb('checkout_open', '=', 1),
        eb.and([
          eb('cart_version', '=', of.cartVersion ?? -1),
          eb('state', 'not in', ['failed', 'cancelled']),
        ]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
}

/** Better told now than by a failed order; what decides is the reservation. */
async function checkStock(
  { lines }: PricedOrder,
  { inventory }: Pick<OrdersContext['uses'], 'inventory'>,
): Promise<void> {
  const { items } = await inventory.getStocks({ skus: lines.map((line) => line.sku) });
  const levels = new Map(items.map((item) => [item.sku, item]));
  const short = lines
    .map(({ sku, quantity }) => ({ sku, asked: quantity, level: levels.get(sku) }))
    .filter(({ asked, level }) => !level || (level.level !== 'in' && level.available < asked))
    .map(({ sku, asked, level }) => ({ sku, asked, available: level?.available ?? 0 }));
  if (short.length > 0) throw OutOfStock({ lines: short });
}

function findChanged(
  cartLines: readonly { readonly sku: string; readonly priceSeen: Money }[],
  { lines }: PricedOrder,
) {
  const seen = new Map(cartLines.map((line) => [line.sku, line.priceSeen]));
  return lines.flatMap(({ sku, unitPrice }) => {
    const expected = seen.get(sku);
    if (expected && isSame(expected, unitPrice)) return [];
    return { sku, ...(expected ? { expected } : {}), actual: unitPrice };
  });
}

function toRow(input: PlaceOrder, placing: Parameters<typeof writeOrder>[2]): OrderRow {
  const { priced, now } = placing;
  const free = priced.total.amount === 0;
  return {
    order_id: placing.orderId,
    subject: placing.subject,
    cart_id: placing.cartId,
    cart_version: placing.cartVersion,
    currency: placing.currency,
    state: 'pending',
    payment: 'none',
    fulfilment: 'open',
    failure_reason: null,
    cancellation_requested: 0,
    version: 1,
    accepted: input.expectedTotal.amount,
    subtotal: priced.subtotal.amount,
    discount: priced.discount.amount,
    shipping: priced.shipping.amount,
    total: priced.total.amount,
    tax: priced.tax.amount,
    refunded: 0,
    shipping_method: priced.shippingMethod,
    country: input.shippingAddress.country,
    payment_id: free ? null : placing.paymentId,
    payment_token: free ? null : (input.paymentToken ?? null),
    return_url: input.returnUrl ?? null,
    action_url: null,
    action_expires_at: null,
    checkout_open: 1,
    committed: 0,
    placed_at: now,
    updated_at: now,
  };
}

function toLines(orderId: string, { lines }: PricedOrder) {
  return lines.map((line, position) => ({
    order_id: orderId,
    position,
    sku: line.sku,
    title: line.title,
    quantity: line.quantity,
    unit_price: line.unitPrice.amount,
    total: line.total.amount,
    tax_rate: line.tax.rateBasisPoints,
    tax: line.tax.amount.amount,
  }));
}
