// `ORIGIN PSP IN_FLIGHT SECONDS`: so many customers, each ordering again as soon as their order is confirmed.
//
// An order is seven requests: a guest's token, an item into the cart, a quote, a token for the card (at the
// provider), the order, its state until it is confirmed, and later its state until it is paid. Orders per second
// are orders that were seen to be paid, in the time until the last one was; the time of an order is that from the
// first request until the shop says "confirmed".
import { Pool } from 'undici';
import { listGoods, SANDBOX_KEYS } from './checkout-shop.ts';

const [origin = '', psp = '', inFlight = '1', seconds = '2'] = process.argv.slice(2);
const WARM_UP_MS = 500;
/** How long a customer waits before asking again whether the money has been taken. */
const PAID_PAUSE_MS = 5;
const PAID_TRIES_MAX = 2_000;
/** `wait` is answered after ten seconds at the latest. */
const CONFIRMED_TRIES_MAX = 3;

const goods = listGoods();
const shop = new Pool(origin);
const provider = new Pool(psp);
let orders = 0;

interface Order {
  readonly orderId: string;
  readonly state: string;
  readonly payment: string;
}

await load(WARM_UP_MS);
const { count, elapsedMs, timesMs } = await load(Number(seconds) * 1_000);
const sorted = timesMs.toSorted((a, b) => a - b);
const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
const perSecond = (count / elapsedMs) * 1_000;
console.log(JSON.stringify({ perSecond, p50Ms: at(0.5), p99Ms: at(0.99), orders }));
await Promise.all([shop.close(), provider.close()]);

async function load(forMs: number) {
  const timesMs: number[] = [];
  const startedAt = performance.now();
  const customer = async () => {
    let paid: Promise<void> = Promise.resolve();
    let before = performance.now();
    while (before - startedAt < forMs) {
      const { orderId, token } = await order();
      timesMs.push(performance.now() - before);
      // At most one order of each customer is confirmed and not yet paid: no side can put its work off.
      await paid;
      paid = awaitPaid(orderId, token);
      before = performance.now();
    }
    await paid;
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, customer));
  return { count: timesMs.length, elapsedMs: performance.now() - startedAt, timesMs };
}

/** From nobody to a confirmed order. */
async function order(): Promise<{ orderId: string; token: string }> {
  const number = ++orders;
  const { sku = '' } = goods[number % goods.length] ?? {};
  const { accessToken: token } = await ask<{ accessToken: string }>('POST', '/identity/v1/guests', {
    body: {},
  });
  await ask('POST', '/cart/v1/mine/items', { token, body: { sku, quantity: 1 } });
  const { cartVersion, total } = await ask<{ cartVersion: number; total: unknown }>(
    'GET',
    '/orders/v1/quote?country=DE',
    { token },
  );
  const paymentToken = await createCardToken();
  const placed = await ask<Order>('POST', '/orders/v1/orders', {
    token,
    body: {
      ...{ cartVersion, expectedTotal: total, paymentToken },
      contact: { name: `Customer ${number}`, email: `customer-${number}@example.com` },
      shippingAddress: {
        ...{ name: `Customer ${number}`, line1: 'Lindenweg 1' },
        ...{ postalCode: '04109', city: 'Leipzig', country: 'DE' },
      },
    },
  });
  const path = `/orders/v1/orders/${placed.orderId}?wait=10`;
  for (let tries = 0; tries < CONFIRMED_TRIES_MAX; tries++) {
    const { state } = await ask<Order>('GET', path, { token });
    if (state === 'confirmed') return { orderId: placed.orderId, token };
    if (state !== 'pending') throw new Error(`order ${placed.orderId} became ${state}`);
  }
  throw new Error(`order ${placed.orderId} stays pending`);
}

async function awaitPaid(orderId: string, token: string): Promise<void> {
  for (let tries = 0; tries < PAID_TRIES_MAX; tries++) {
    const { payment } = await ask<Order>('GET', `/orders/v1/orders/${orderId}`, { token });
    if (payment === 'paid') return;
    await new Promise((resolve) => setTimeout(resolve, PAID_PAUSE_MS));
  }
  throw new Error(`order ${orderId} was not paid`);
}

async function createCardToken(): Promise<string> {
  const answer = await provider.request({
    path: '/tokens',
    method: 'POST',
    headers: {
      authorization: `Bearer ${SANDBOX_KEYS.publishable}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' }),
  });
  const { token } = (await answer.body.json()) as { token: string };
  return token;
}

async function ask<Answer>(
  method: 'GET' | 'POST',
  path: string,
  { token, body }: { readonly token?: string; readonly body?: unknown },
): Promise<Answer> {
  const answer = await shop.request({
    ...{ method, path },
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(method === 'POST' && {
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (answer.statusCode < 300) return (await answer.body.json()) as Answer;
  throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`);
}
