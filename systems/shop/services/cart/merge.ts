import type { InputOf } from '@portico/contract';
import { isUniqueViolation } from '@portico/store';
import type { Cart } from '../../contracts/cart.ts';
import { GuestInvalid } from '../../contracts/identity.ts';
import { type FilledCart, findOpenCart, openCart, storeChange, type Writing } from './carts.ts';
import { type CartCall, subjectOf } from './context.ts';
import { mergeLines } from './lines.ts';
import { currencyOf } from './mine.ts';
import type { Db, MergeRow } from './tables.ts';
import { fetchOffers, toCartView } from './view.ts';

/**
 * Takes over a guest's cart, once per guest: the token is the proof of having been that guest.
 * @throws GuestInvalid
 */
export async function mergeGuestCart(
  { guestToken }: InputOf<(typeof Cart)['operations']['mergeGuestCart']>,
  context: CartCall<true>,
) {
  const subject = subjectOf(context);
  const guestSubject = await resolveGuest(context, guestToken);
  if (guestSubject === subject) throw GuestInvalid();
  const now = context.clock.now();
  const [mine, guests] = await Promise.all([
    findOpenCart(context.store, subject, now),
    findOpenCart(context.store, guestSubject, now),
  ]);
  const currency = currencyOf(mine) ?? currencyOf(guests) ?? 'EUR';
  const skus = [...(mine?.lines ?? []), ...(guests?.lines ?? [])].map((line) => line.sku);
  const offers = await fetchOffers(context, skus, currency);
  const newId = context.ids.prefixed('crt');
  return context.transaction(async (writing) => {
    const guest = await findOpenCart(writing.db, guestSubject, now);
    const merge = { guest_subject: guestSubject, subject, at: now };
    if (!guest || guest.lines.length === 0) {
      await insertMerge(writing.db, { ...merge, cart_id: null, guest_cart_id: null });
      return toCartView(await findOpenCart(writing.db, subject, now), offers);
    }
    const target = await openCart(writing, { subject, newId, currency: guest.cart.currency, now });
    const ids = { cart_id: target.cart.cart_id, guest_cart_id: guest.cart.cart_id };
    await insertMerge(writing.db, { ...merge, ...ids });
    return toCartView(await takeOver(writing, { target, guest, now }), offers);
  });
}

/** Moves the guest's lines, unless they have another currency, and ends the guest's cart. */
async function takeOver(
  { db, publish }: Writing,
  { target, guest, now }: { target: FilledCart; guest: FilledCart; now: number },
): Promise<FilledCart> {
  const currency = currencyOf(target) ?? guest.cart.currency;
  const fitting = currency === guest.cart.currency ? guest.lines : [];
  const lines = mergeLines(target.lines, fitting, target.cart.version + 1);
  const merged = await storeChange(db, target, { lines, currency, now });
  await storeChange(db, guest, { lines: [], state: 'merged', now });
  await publish('CartMerged', {
    cartId: target.cart.cart_id,
    guestCartId: guest.cart.cart_id,
    lines: lines.length,
  });
  return merged;
}

/** The unique key on the guest is what makes a token work once, however many come at the same time. */
async function insertMerge(db: Db, row: MergeRow): Promise<void> {
  try {
    await db.insertInto('merge').values(row).execute();
  } catch (error) {
    if (isUniqueViolation(error)) throw GuestInvalid();
    throw error;
  }
}

async function resolveGuest({ uses }: CartCall<true>, guestToken: string): Promise<string> {
  try {
    return (await uses.identity.resolveGuest({ guestToken })).subject;
  } catch (error) {
    // Identity's refusal becomes cart's own: the contract of both declares it.
    if (GuestInvalid.is(error)) throw GuestInvalid();
    throw error;
  }
}
