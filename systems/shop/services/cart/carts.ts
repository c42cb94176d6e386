import type { Publish } from '@portico/service';
import { prepared } from '@portico/store';
import { sql } from 'kysely';
import type { Cart } from '../../contracts/cart.ts';
import type { Currency } from '../../contracts/common.ts';
import type { CartContext } from './context.ts';
import type { Line } from './lines.ts';
import type { CartRow, Db } from './tables.ts';

const DAY_MS = 24 * 3_600_000;
/** A guest's cart is kept for so long after its last change. */
const GUEST_CART_MS = 30 * DAY_MS;
const CART_MS = 180 * DAY_MS;
/** Carts that one run of the job expires: writers wait meanwhile. */
const EXPIRED_MAX = 200;

/** A cart with its lines in the order in which they came. */
export interface FilledCart {
  readonly cart: CartRow;
  readonly lines: readonly Line[];
}

/** A transaction's means. */
export interface Writing {
  readonly db: Db;
  readonly publish: Publish<(typeof Cart)['events']>;
}

// The state is in the text: bound, SQLite would plan the statement anew each time, for the index of open carts.
const openCartOf = prepared((db: Db, { subject, now }: { readonly subject: string; now: number }) =>
  db
    .selectFrom('cart')
    .selectAll()
    .where('subject', '=', subject)
    .where('state', '=', sql.lit('open'))
    .where('expires_at', '>', now),
);

const linesOf = prepared((db: Db, { cartId }: { readonly cartId: string }) =>
  db
    .selectFrom('line')
    .selectAll()
    .where('cart_id', '=', cartId)
    .orderBy('since_version')
    .orderBy('sku'),
);

/** The open cart of a subject; one whose time is over counts as gone, whether or not the job has been. */
export async function findOpenCart(
  db: Db,
  subject: string,
  now: number,
): Promise<FilledCart | undefined> {
  const [cart] = (await openCartOf(db, { subject, now })).rows;
  return cart && { cart, lines: await readLines(db, cart.cart_id) };
}

/** The lines of a cart. */
export async function readLines(db: Db, cartId: string): Promise<Line[]> {
  const { rows } = await linesOf(db, { cartId });
  return rows.map(({ cart_id: _cart, ...line }) => line);
}

/**
 * The open cart of a subject, made when there is none: `newId` names it. What is in the way because its
 * time is over ends first, so that a subject never has two.
 */
export async function openCart(
  { db, publish }: Writing,
  wanted: {
    readonly subject: string;
    readonly newId: string;
    readonly currency: Currency;
    readonly now: number;
  },
): Promise<FilledCart> {
  const { subject, newId, currency, now } = wanted;
  const found = await findOpenCart(db, subject, now);
  if (found) return found;
  const overdue = await db
    .selectFrom('cart')
    .selectAll()
    .where('subject', '=', subject)
    .where('state', '=', sql.lit('open'))
    .executeTakeFirst();
  if (overdue) await expire({ db, publish }, overdue);
  const cart: CartRow = {
    cart_id: newId,
    subject,
    state: 'open',
    version: 0,
    currency,
    updated_at: now,
    expires_at: now + lifeOf(subject),
  };
  await db.insertInto('cart').values(cart).execute();
  return { cart, lines: [] };
}

/** Stores a change: new lines, the next version, a new term. */
export async function storeChange(
  db: Db,
  { cart }: FilledCart,
  change: {
    readonly lines: readonly Line[];
    readonly now: number;
    readonly currency?: Currency;
    readonly state?: CartRow['state'];
  },
): Promise<FilledCart> {
  const { lines, now } = change;
  const next: CartRow = {
    ...cart,
    state: change.state ?? cart.state,
    currency: change.currency ?? cart.currency,
    version: cart.version + 1,
    updated_at: now,
    expires_at: now + lifeOf(cart.subject),
  };
  const { cart_id, subject: _subject, ...fields } = next;
  await db.updateTable('cart').set(fields).where('cart_id', '=', cart_id).execute();
  await db.deleteFrom('line').where('cart_id', '=', cart_id).execute();
  if (lines.length > 0) {
    await db
      .insertInto('line')
      .values(lines.map((line) => ({ cart_id, ...line })))
      .execute();
  }
  return { cart: next, lines };
}

/** Ends the carts that were left alone for too long. */
export async function expireCarts({ transaction, clock }: CartContext): Promise<void> {
  const now = clock.now();
  await transaction(async (writing) => {
    const overdue = await writing.db
      .selectFrom('cart')
      .selectAll()
      .where('state', '=', 'open')
      .where('expires_at', '<=', now)
      .orderBy('expires_at')
      .limit(EXPIRED_MAX)
      .execute();
    for (const cart of overdue) await expire(writing, cart);
  });
}

async function expire({ db, publish }: Writing, { cart_id }: CartRow): Promise<void> {
  await db.deleteFrom('line').where('cart_id', '=', cart_id).execute();
  await db.updateTable('cart').set({ state: 'expired' }).where('cart_id', '=', cart_id).execute();
  await publish('CartExpired', { cartId: cart_id });
}

/** Guests' ids begin with `gst_`, as identity makes them. */
function lifeOf(subject: string): number {
  return subject.startsWith('gst_') ? GUEST_CART_MS : CART_MS;
}
