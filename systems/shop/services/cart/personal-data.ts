import { toInstant } from '../../subject.ts';
import { findOpenCart } from './carts.ts';
import { getCheckoutCart } from './checkout.ts';
import type { CartContext } from './context.ts';

/** One person's open cart. */
export async function exportSubject({ subject }: { subject: string }, context: CartContext) {
  const filled = await findOpenCart(context.store, subject, context.clock.now());
  if (!filled) return {};
  const { lines } = await getCheckoutCart({ subject }, context);
  const { cart_id: cartId, updated_at } = filled.cart;
  return { cart: { cartId, updatedAt: toInstant(updated_at), lines } };
}

/** Ends one person's carts; what stays of them names nobody. */
export async function eraseSubject(
  { subject }: { subject: string },
  { transaction, forgetCaller }: CartContext,
) {
  await forgetCaller(`user:${subject}`);
  return transaction(async ({ db }) => {
    await db
      .deleteFrom('line')
      .where('cart_id', 'in', (carts) =>
        carts.selectFrom('cart').select('cart_id').where('subject', '=', subject),
      )
      .execute();
    await db
      .updateTable('cart')
      .set({ state: 'discarded' })
      .where('subject', '=', subject)
      .where('state', '=', 'open')
      .execute();
    const carts = await db
      .updateTable('cart')
      .set({ subject: '' })
      .where('subject', '=', subject)
      .executeTakeFirst();
    const merges = await db
      .updateTable('merge')
      .set({ subject: '' })
      .where('subject', '=', subject)
      .executeTakeFirst();
    return { erased: carts.numUpdatedRows > 0n || merges.numUpdatedRows > 0n };
  });
}
