import { PAGE_DEFAULT, parseCursor, toCursor } from '../../paging.ts';
import type { Db } from './tables.ts';

type Place = readonly [kind: string, id: string];

/** The kinds in the order in which they are given. */
const KINDS = ['cart', 'closure', 'merge'] as const;
type Kind = (typeof KINDS)[number];

/** Carts, then what orders closed, then merges; each in the order of its key. */
export async function exportFacts(
  { limit = PAGE_DEFAULT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  { store }: { readonly store: Db },
) {
  const [kind, after] = parseCursor<Place>(cursor, ['', '']) ?? ['cart', ''];
  const start = Math.max(0, KINDS.indexOf(kind as Kind));
  const items: Awaited<ReturnType<(typeof READERS)[Kind]>>[number]['fact'][] = [];
  for (const each of KINDS.slice(start)) {
    const room = limit - items.length;
    const rows = await READERS[each](store, each === kind ? after : '', room);
    items.push(...rows.map((row) => row.fact));
    const last = rows.at(-1);
    // A full page may end exactly at the end of a kind: the next one then begins empty-handed.
    if (rows.length === room) return { items, next: toCursor([each, last?.key ?? '']) };
  }
  return { items };
}

const READERS = { cart: readCarts, closure: readClosures, merge: readMerges } as const;

async function readCarts(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('cart')
    .leftJoin('line', 'line.cart_id', 'cart.cart_id')
    .select((select) => [
      'cart.cart_id',
      'cart.state',
      'cart.version',
      select.fn.count<number>('line.sku').as('lines'),
      select.fn.sum<number | null>('line.quantity').as('pieces'),
    ])
    .where('cart.cart_id', '>', after)
    .groupBy(['cart.cart_id', 'cart.state', 'cart.version'])
    .orderBy('cart.cart_id')
    .limit(limit)
    .execute();
  return rows.map(({ cart_id: cartId, state, version, lines, pieces }) => ({
    key: cartId,
    fact: { kind: 'cart' as const, cartId, state, version, lines, pieces: pieces ?? 0 },
  }));
}

async function readClosures(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('closure')
    .selectAll()
    .where('order_id', '>', after)
    .orderBy('order_id')
    .limit(limit)
    .execute();
  return rows.map(({ order_id: orderId, cart_id: cartId, version }) => ({
    key: orderId,
    fact: { kind: 'closure' as const, cartId, orderId, version },
  }));
}

async function readMerges(db: Db, after: string, limit: number) {
  const rows = await db
    .selectFrom('merge')
    .select(['cart_id', 'guest_cart_id'])
    .where('guest_cart_id', '>', after)
    .orderBy('guest_cart_id')
    .limit(limit)
    .execute();
  return rows.flatMap(({ cart_id: cartId, guest_cart_id: guestCartId }) =>
    cartId === null || guestCartId === null
      ? []
      : [{ key: guestCartId, fact: { kind: 'merge' as const, cartId, guestCartId } }],
  );
}
