import { Failure, type InputOf } from '@portico/contract';
import { type Cart, CurrencyMismatch, NotSold, QuantityLimit } from '../../contracts/cart.ts';
import { type Currency, LINES_MAX, QUANTITY_MAX } from '../../contracts/common.ts';
import { type FilledCart, findOpenCart, openCart, storeChange } from './carts.ts';
import { type CartCall, subjectOf } from './context.ts';
import { addTo, type Line, replace } from './lines.ts';
import { fetchOffers, type Offers, toCartView, toSubtotal } from './view.ts';

type Operations = (typeof Cart)['operations'];

/** What is bought in when nobody says. */
const CURRENCY_DEFAULT: Currency = 'EUR';

/** The caller's cart at current prices. */
export async function getCart(_input: unknown, context: CartCall) {
  const filled = await findOpenCart(context.store, subjectOf(context), context.clock.now());
  return toCartView(filled, await offersOf(context, filled));
}

/** @throws NotSold, QuantityLimit, CurrencyMismatch */
export async function addItem(
  { sku, quantity, currency: asked }: InputOf<Operations['addItem']>,
  context: CartCall<true>,
) {
  const subject = subjectOf(context);
  const now = context.clock.now();
  const before = await findOpenCart(context.store, subject, now);
  const currency = asked ?? currencyOf(before) ?? CURRENCY_DEFAULT;
  assertCurrency(before, currency);
  const skus = [sku, ...(before?.lines ?? []).map((line) => line.sku)];
  const offers = await fetchOffers(context, skus, currency);
  const offer = offers.get(sku);
  if (!offer?.sold || !offer.price) throw NotSold({ sku });
  const added = { sku, quantity, title: offer.title, price_seen: offer.price.amount };
  const newId = context.ids.prefixed('crt');
  return context.transaction(async (writing) => {
    const filled = await openCart(writing, { subject, newId, currency, now });
    // Another tab may have begun in another currency since.
    assertCurrency(filled, currency);
    const lines = addTo(filled.lines, added, filled.cart.version + 1);
    if (!lines) throw QuantityLimit({ sku, linesMax: LINES_MAX, quantityMax: QUANTITY_MAX });
    assertPayable(lines, offers, currency);
    const changed = await storeChange(writing.db, filled, { lines, currency, now });
    return toCartView(changed, offers);
  });
}

/**
 * Sets the pieces of a line that is there. Fewer of what is not sold any more is fine.
 * @throws NotSold
 */
export async function setQuantity(
  { sku, quantity }: InputOf<Operations['setQuantity']>,
  context: CartCall,
) {
  return changeLines(context, (lines, { offers, currency }) => {
    const line = lines.find((each) => each.sku === sku);
    if (!line) throw Failure.rejected('not-found', `There is no ${sku} in your cart.`);
    const offer = offers.get(sku);
    const price = offer?.sold ? offer.price : undefined;
    if (offer && !price && quantity > line.quantity) throw NotSold({ sku });
    const seen = price && offer ? { title: offer.title, price_seen: price.amount } : {};
    const changed = replace(lines, { ...line, quantity, ...seen });
    if (quantity > line.quantity) assertPayable(changed, offers, currency);
    return changed;
  });
}

/** Takes a line out; one that is not there is out already. */
export function removeItem({ sku }: InputOf<Operations['removeItem']>, context: CartCall) {
  return changeLines(context, (lines) => lines.filter((line) => line.sku !== sku));
}

/** Takes all lines out. */
export function clearCart(_input: unknown, context: CartCall) {
  return changeLines(context, () => []);
}

/** Applies a change to the caller's lines. One that changes nothing leaves the version as it is. */
async function changeLines(
  context: CartCall,
  change: (
    lines: readonly Line[],
    prices: { readonly offers: Offers; readonly currency: Currency },
  ) => Line[],
) {
  const subject = subjectOf(context);
  const now = context.clock.now();
  const offers = await offersOf(context, await findOpenCart(context.store, subject, now));
  return context.transaction(async ({ db }) => {
    const filled = await findOpenCart(db, subject, now);
    const currency = filled?.cart.currency ?? CURRENCY_DEFAULT;
    const lines = change(filled?.lines ?? [], { offers, currency });
    if (!filled || JSON.stringify(lines) === JSON.stringify(filled.lines)) {
      return toCartView(filled, offers);
    }
    return toCartView(await storeChange(db, filled, { lines, now }), offers);
  });
}

/** Current offers for the lines of a cart. */
async function offersOf(context: CartCall, filled: FilledCart | undefined): Promise<Offers> {
  if (!filled) return new Map();
  const skus = filled.lines.map((line) => line.sku);
  return fetchOffers(context, skus, filled.cart.currency);
}

/** The currency that a cart is bound to: an empty one is free to take another. */
export function currencyOf(filled: FilledCart | undefined): Currency | undefined {
  return filled && filled.lines.length > 0 ? filled.cart.currency : undefined;
}

function assertCurrency(filled: FilledCart | undefined, currency: Currency): void {
  const expected = currencyOf(filled);
  if (expected === undefined || expected === currency) return;
  throw CurrencyMismatch({ expected, actual: currency });
}

/** Nobody can pay what can't be added up exactly. */
function assertPayable(lines: readonly Line[], offers: Offers, currency: Currency): void {
  if (toSubtotal(lines, offers, currency)) return;
  throw Failure.rejected('invalid', 'The cart would cost too much.', {
    violations: [{ pointer: '/quantity', detail: 'Makes the cart cost more than can be paid.' }],
  });
}
