import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { InputOf } from '@portico/contract';
import { Cart } from '../../../systems/shop/contracts/cart.ts';
import { Identity } from '../../../systems/shop/contracts/identity.ts';
import { Orders } from '../../../systems/shop/contracts/orders.ts';
import type { Currency } from '../../../systems/shop/money.ts';
import type { Calls } from './client.ts';
import type { Card, Psp } from './psp.ts';
import type { Consumers, Door } from './shop.ts';
import type { As, Via } from './transport.ts';

/** Somebody who buys, through one of the two ways in. */
export interface Shopper {
  readonly via: Via;
  readonly as: As;
  readonly cart: Calls<typeof Cart>;
  readonly orders: Calls<typeof Orders>;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export type PlaceOrder = InputOf<(typeof Orders)['operations']['placeOrder']>;
export type Order = Awaited<ReturnType<Shopper['orders']['getOrder']>>;

export const PASSWORD = 'correct horse battery';
export const ADDRESS = {
  name: 'Ada Lindqvist',
  line1: 'Lindenweg 1',
  postalCode: '04109',
  city: 'Leipzig',
  country: 'DE',
} as const;

type Calling = Pick<Door, 'calls'>;

/** A new guest. */
export async function createGuest(shop: Calling, via: Via): Promise<Shopper> {
  const identity = await shop.calls(Identity, { via });
  return toShopper(shop, via, await identity.startGuest());
}

/** A new customer, signed in. */
export async function createCustomer(shop: Calling, via: Via): Promise<Shopper> {
  const identity = await shop.calls(Identity, { via });
  const email = `${randomUUID()}@example.com`;
  await identity.register({ email, password: PASSWORD });
  return toShopper(shop, via, await identity.signIn({ email, password: PASSWORD }));
}

/** Whoever holds these tokens. */
export async function toShopper(
  shop: Calling,
  via: Via,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
): Promise<Shopper> {
  const { accessToken, refreshToken } = tokens;
  const as = { authorization: `Bearer ${accessToken}` };
  const cart = await shop.calls(Cart, { via, as });
  const orders = await shop.calls(Orders, { via, as });
  return { via, as, cart, orders, accessToken, refreshToken };
}

/** What ordering one SKU takes: fills the cart, asks for the price, turns the card into a token. */
export async function prepareOrder(
  { cart, orders }: Pick<Shopper, 'cart' | 'orders'>,
  want: {
    readonly psp: Psp;
    readonly sku: string;
    readonly quantity?: number;
    readonly card?: Card;
    readonly currency?: Currency;
  },
): Promise<PlaceOrder> {
  const { sku, quantity = 1, currency } = want;
  await cart.addItem({ sku, quantity, ...(currency ? { currency } : {}) });
  return quoteOrder({ orders }, want);
}

/** The same for what is in the cart already. */
export async function quoteOrder(
  { orders }: Pick<Shopper, 'orders'>,
  { psp, card = 'works' }: { readonly psp: Psp; readonly card?: Card },
): Promise<PlaceOrder> {
  const { cartVersion, total } = await orders.getQuote({ country: 'DE' });
  const free = total.amount === 0;
  return {
    cartVersion,
    expectedTotal: total,
    contact: { name: 'Ada Lindqvist', email: 'ada@example.com' },
    shippingAddress: ADDRESS,
    ...(free ? {} : { paymentToken: await psp.tokenOf(card) }),
  };
}

/** Reads an order until it is no longer pending, or needs the customer. */
export async function waitForOrder(
  { orders }: Pick<Shopper, 'orders'>,
  orderId: string,
): Promise<Order> {
  return eventually(
    () => orders.getOrder({ orderId, wait: 10 }),
    ({ state, payment }) => state !== 'pending' || payment === 'actionRequired',
  );
}

/** Reads an order until nothing is left to do for it: no saga of it is open. */
export async function settleOrder(
  shop: Calling & { readonly consumers: Consumers },
  who: Pick<Shopper, 'orders'>,
  orderId: string,
): Promise<Order> {
  await waitForOrder(who, orderId);
  await eventually(
    () => openSagas(shop),
    (open) => !open.has(orderId),
  );
  return who.orders.getOrder({ orderId });
}

/** The orders that a saga is under way for. */
export async function openSagas(
  shop: Calling & { readonly consumers: Consumers },
): Promise<ReadonlySet<string>> {
  const as = shop.consumers.staff;
  const audit = await shop.calls(Orders, { via: 'REST', as });
  const open = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await audit.exportFacts({ limit: 500, ...(cursor ? { cursor } : {}) });
    for (const fact of page.items) {
      if (fact.kind === 'saga' && fact.state !== 'done') open.add(fact.orderId);
    }
    cursor = page.next;
  } while (cursor);
  return open;
}

/** Slower than anything the shop does by itself, and far below a test's own limit. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;

/** Reads until what is read is as hoped. @throws {Error} with the last thing read. */
export async function eventually<T>(
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
): Promise<T> {
  const endsAt = performance.now() + PATIENCE_MS;
  let value = await read();
  while (!isDone(value)) {
    if (performance.now() > endsAt) {
      throw new Error(`waited ${PATIENCE_MS} ms in vain; last: ${JSON.stringify(value)}`);
    }
    await pause(PAUSE_MS);
    value = await read();
  }
  return value;
}
