import type { InputOf } from '@portico/contract';
import type { Cart } from '../../contracts/cart.ts';
import { findOpenCart, readLines, storeChange } from './carts.ts';
import type { CartContext } from './context.ts';
import { subtractOrder } from './lines.ts';

type Operations = (typeof Cart)['operations'];

/** What a subject wants to order; orders asks before it places one. */
export async function getCheckoutCart(
  { subject }: InputOf<Operations['getCheckoutCart']>,
  { store: db, clock }: CartContext,
) {
  const filled = await findOpenCart(db, subject, clock.now());
  if (!filled) return { version: 0, lines: [] };
  const { cart, lines } = filled;
  return {
    cartId: cart.cart_id,
    version: cart.version,
    currency: cart.currency,
    lines: lines.map(({ sku, quantity, price_seen }) => ({
      sku,
      quantity,
      priceSeen: { amount: price_seen, currency: cart.currency },
    })),
  };
}

/**
 * Takes an order's lines out of its cart, once per order. An emptied cart is closed; the next item opens
 * another. A cart that has ended meanwhile has nothing left to take out.
 */
export async function closeCart(
  { cartId, orderId, version, lines: ordered }: InputOf<Operations['closeCart']>,
  { transaction, clock }: CartContext,
) {
  const now = clock.now();
  return transaction(async ({ db }) => {
    const cart = await db
      .selectFrom('cart')
      .selectAll()
      .where('cart_id', '=', cartId)
      .executeTakeFirst();
    if (!cart) return { closed: true, linesLeft: 0 };
    const before = await readLines(db, cartId);
    const made = await db
      .insertInto('closure')
      .values({ order_id: orderId, cart_id: cartId, version, at: now })
      .onConflict((conflict) => conflict.column('order_id').doNothing())
      .executeTakeFirst();
    const first = (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
    if (!first || cart.state !== 'open') return toAnswer(cart.state === 'open', before.length);
    const lines = subtractOrder(before, ordered, version);
    const state = lines.length === 0 ? 'ordered' : 'open';
    await storeChange(db, { cart, lines: before }, { lines, state, now });
    return toAnswer(state === 'open', lines.length);
  });
}

function toAnswer(open: boolean, linesLeft: number) {
  return { closed: !open, linesLeft };
}
