// Identity and cart without Portico, for the peers of `checkout`: the same rows as the shop's, the same answers.
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import type { Catalog, Pieces } from './checkout-plain-goods.ts';
import { openPlainStore, Refusal } from './checkout-plain-store.ts';

export type Identity = ReturnType<typeof createIdentity>;
export type Cart = ReturnType<typeof createCart>;

/** What a cart is asked of by orders. */
export type CartCalls = Pick<Cart, 'getCheckoutCart' | 'closeCart'>;

const TOKEN_SECONDS = 600;
const QUANTITY_MAX = 99;

/** Guests and their tokens (JWT, EdDSA), which any service can check with the public key. */
export function createIdentity(directory: string) {
  const store = openPlainStore(
    directory,
    'identity',
    'CREATE TABLE guest (guest_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT',
  );
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encode({ alg: 'EdDSA', typ: 'at+jwt' });
  return {
    async startGuest() {
      const guestId = `gst_${randomUUID()}`;
      store.run('INSERT INTO guest VALUES (?, ?)', guestId, Date.now());
      const now = Math.floor(Date.now() / 1_000);
      const claims = { sub: guestId, iat: now, exp: now + TOKEN_SECONDS, roles: ['guest'] };
      const signed = `${header}.${encode(claims)}`;
      const signature = sign(null, Buffer.from(signed), privateKey).toString('base64url');
      return { accessToken: `${signed}.${signature}`, subject: guestId, expiresIn: TOKEN_SECONDS };
    },
    /** Whose request it is. @throws {Refusal} 401. */
    authenticate(authorization: string | undefined): string {
      const [head = '', body = '', signature = ''] = (authorization ?? '').slice(7).split('.');
      const signed = Buffer.from(`${head}.${body}`);
      if (!verify(null, signed, publicKey, Buffer.from(signature, 'base64url')))
        throw new Refusal(401, 'Sign in, or become a guest.');
      const { sub, exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as {
        sub: string;
        exp: number;
      };
      if (exp * 1_000 < Date.now()) throw new Refusal(401, 'The token has run out.');
      return sub;
    },
  };
}

interface CartRow {
  readonly cart_id: string;
  readonly version: number;
  readonly updated_at: number;
}

/** One cart per guest; what is in it. */
export function createCart(directory: string, catalog: Pick<Catalog, 'getOffers'>) {
  const store = openPlainStore(
    directory,
    'cart',
    `CREATE TABLE cart (cart_id TEXT PRIMARY KEY, subject TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
       updated_at INTEGER NOT NULL) STRICT;
     CREATE TABLE line (cart_id TEXT NOT NULL REFERENCES cart, sku TEXT NOT NULL, quantity INTEGER NOT NULL,
       price_seen INTEGER NOT NULL, title TEXT NOT NULL, PRIMARY KEY (cart_id, sku)) STRICT`,
  );
  const find = (subject: string) =>
    store.get<CartRow>('SELECT * FROM cart WHERE subject = ?', subject);
  const linesOf = (cartId: string) =>
    store.all<{ sku: string; quantity: number; price_seen: number }>(
      'SELECT sku, quantity, price_seen FROM line WHERE cart_id = ? ORDER BY sku',
      cartId,
    );
  const put = (subject: string, { sku, quantity }: Pieces, offer: Offer) =>
    store.transaction(() => {
      const cartId = find(subject)?.cart_id ?? `crt_${randomUUID()}`;
      store.run(
        `INSERT INTO cart VALUES (?, ?, 1, ?)
         ON CONFLICT (subject) DO UPDATE SET version = version + 1, updated_at = excluded.updated_at`,
        ...[cartId, subject, Date.now()],
      );
      store.run(
        `INSERT INTO line VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = quantity + excluded.quantity`,
        ...[cartId, sku, quantity, offer.price.amount, offer.title],
      );
      const line = linesOf(cartId).find((each) => each.sku === sku);
      if ((line?.quantity ?? 0) > QUANTITY_MAX) throw new Refusal(409, 'Too many of one thing.');
    });
  return {
    async addItem({ subject, ...pieces }: Pieces & { readonly subject: string }) {
      const { offers } = await catalog.getOffers({ skus: [pieces.sku] });
      const [offer] = offers;
      if (!offer?.sold) throw new Refusal(409, `${pieces.sku} is not sold.`);
      put(subject, pieces, offer);
      const cart = find(subject);
      const lines = linesOf(cart?.cart_id ?? '').map(({ sku, quantity, price_seen }) => ({
        ...{ sku, quantity, title: offer.title, sold: true },
        ...{ priceSeen: { amount: price_seen, currency: 'EUR' }, price: offer.price },
      }));
      const updatedAt = new Date(cart?.updated_at ?? 0).toISOString();
      return { cartId: cart?.cart_id, version: cart?.version, currency: 'EUR', lines, updatedAt };
    },
    async getCheckoutCart({ subject }: { readonly subject: string }) {
      const cart = find(subject);
      if (!cart) return { cartId: undefined, version: 0, lines: [] };
      const lines = linesOf(cart.cart_id).map(({ sku, quantity }) => ({ sku, quantity }));
      return { cartId: cart.cart_id, version: cart.version, lines };
    },
    /** What was ordered leaves the cart. */
    async closeCart({ cartId, lines }: { cartId: string; lines: readonly Pieces[] }) {
      store.transaction(() => {
        for (const { sku, quantity } of lines) {
          store.run(
            'UPDATE line SET quantity = quantity - ? WHERE cart_id = ? AND sku = ?',
            ...[quantity, cartId, sku],
          );
        }
        store.run('DELETE FROM line WHERE cart_id = ? AND quantity <= 0', cartId);
        store.run('UPDATE cart SET version = version + 1 WHERE cart_id = ?', cartId);
      });
    },
  };
}

type Offer = Awaited<ReturnType<Catalog['getOffers']>>['offers'][number];
