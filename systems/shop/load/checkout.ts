import { type Reply, send } from './http-client.ts';
import type { CheckoutKind, PlannedAction } from './plan.ts';
import { findText } from './soap.ts';
import type { Visitor } from './visitor.ts';

const CARDS = { works: '4242424242424242', declined: '4000000000000002', asks: '4000000000003220' };
const ADDRESS = { line1: 'Lindenweg 1', postalCode: '04109', city: 'Leipzig', country: 'DE' };
/** A client whose connection is cut waits a moment, then asks again. */
const RESEND_AFTER_MS = 150;
/** The first attempt may still be at work: told so, a client asks again. */
const IN_FLIGHT_TRIES_MAX = 20;
const IN_FLIGHT_PAUSE_MS = 100;
/** The longest wait for an order that needs its customer; more than the saga takes to get there. */
const WAITS_MAX = 3;

/**
 * From the cart to the answer of `placeOrder`. Comes back with what the customer does after it: confirms
 * with the bank, changes their mind, or looks how it went.
 */
export async function checkOut(
  visitor: Visitor,
  action: PlannedAction,
): Promise<(() => Promise<void>) | undefined> {
  await visitor.identify();
  const quote = await visitor.ask('orders.getQuote', '/orders/v1/quote?country=DE');
  if (quote.status !== 200) return undefined;
  const order = await describeOrder(visitor, quote, action.checkout);
  if (!order) return undefined;
  const placed = action.soap
    ? await placeOverSoap(visitor, order)
    : await placeOverRest(visitor, order, action);
  if (!placed) return undefined;
  visitor.orderId = placed;
  return () => follow(visitor, placed, action.checkout);
}

type Order = Readonly<Record<string, unknown>>;

/** What the customer agrees to, with a token that the card became at the provider. */
async function describeOrder(
  visitor: Visitor,
  quote: Reply,
  kind: CheckoutKind,
): Promise<Order | undefined> {
  const { world, recorder } = visitor.around;
  const number =
    kind === 'declined' ? CARDS.declined : kind === 'challenged' ? CARDS.asks : CARDS.works;
  const card = await send({
    method: 'POST',
    url: world.tokenUrl,
    headers: { authorization: `Bearer ${world.publishableKey}` },
    body: { number, expMonth: 12, expYear: 2099, cvc: '123' },
  });
  if (card.code) recorder.problem('PSP: a card becomes a token', card.status, card.code);
  if (card.status !== 201) return undefined;
  const { cartVersion, total } = quote.body as Record<string, unknown>;
  const name = `Visitor ${visitor.number}`;
  return {
    cartVersion,
    expectedTotal: total,
    contact: { name, email: `visitor-${visitor.number}@example.com` },
    shippingAddress: { name, ...ADDRESS },
    paymentToken: (card.body as { token: string }).token,
    returnUrl: 'http://127.0.0.1/back',
  };
}

async function placeOverSoap(visitor: Visitor, order: Order): Promise<string | undefined> {
  const key = visitor.key();
  const { status, body } = await visitor.soap('orders.placeOrder', order, key);
  const orderId = status === 200 ? findText(body, 'orderId') : undefined;
  if (!orderId) return undefined;
  const total = order.expectedTotal as { amount: number; currency: string };
  visitor.around.answers.placed({
    caller: visitor.subject,
    key,
    orderId,
    total,
    state: findText(body, 'state') ?? 'pending',
  });
  return orderId;
}

async function placeOverRest(
  visitor: Visitor,
  order: Order,
  { checkout, choice }: PlannedAction,
): Promise<string | undefined> {
  const key = visitor.key();
  const post = () => postOrder(visitor, order, { key });
  if (checkout === 'twice') {
    const both = await Promise.all([post(), post()]);
    return both.find((orderId) => orderId !== undefined);
  }
  if (checkout === 'cut') {
    const cut = new AbortController();
    // Within the time that the shop needs for it: before, in the midst of it, or after.
    const cutting = visitor.around.pause(1 + choice * 20).then(() => cut.abort());
    const first = await postOrder(visitor, order, { key, signal: cut.signal });
    await cutting;
    await visitor.around.pause(RESEND_AFTER_MS);
    return (await post()) ?? first;
  }
  return post();
}

/** Places an order, and asks again while an earlier attempt under the same key is at work. */
async function postOrder(
  visitor: Visitor,
  body: Order,
  { key, signal }: { readonly key: string; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  const { answers, pause } = visitor.around;
  const ask = {
    method: 'POST',
    body,
    headers: { 'idempotency-key': key },
    ...(signal ? { signal } : {}),
  } as const;
  for (let tries = 0; tries < IN_FLIGHT_TRIES_MAX; tries += 1) {
    const reply = await visitor.ask('orders.placeOrder', '/orders/v1/orders', ask);
    if (reply.status === 201) {
      const { orderId, total, state } = reply.body as {
        orderId: string;
        total: { amount: number; currency: string };
        state: string;
      };
      answers.placed({ caller: visitor.subject, key, orderId, total, state });
      return orderId;
    }
    if (reply.code !== 'key-in-flight') return undefined;
    await pause(IN_FLIGHT_PAUSE_MS);
  }
  return undefined;
}

async function follow(visitor: Visitor, orderId: string, kind: CheckoutKind): Promise<void> {
  const { answers } = visitor.around;
  const read = async () => {
    const path = `/orders/v1/orders/${orderId}?wait=10`;
    const { body } = await visitor.ask('orders.getOrder', path);
    const order = body as { state?: string; nextAction?: { url: string } } | undefined;
    answers.seen(orderId, order?.state);
    return order;
  };
  if (kind === 'cancelled') {
    const path = `/orders/v1/orders/${orderId}/cancellation`;
    const { body } = await visitor.ask('orders.cancelOrder', path, { method: 'PUT', body: {} });
    answers.seen(orderId, (body as { state?: string } | undefined)?.state);
  }
  for (let waits = 0; waits < WAITS_MAX; waits += 1) {
    const order = await read();
    if (order?.nextAction) await confirm(visitor, order.nextAction.url);
    else if (order?.state !== 'pending') return;
  }
}

/** The button on the bank's page. */
async function confirm({ around }: Visitor, url: string): Promise<void> {
  const reply = await send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'decision=approve',
  });
  if (reply.code) around.recorder.problem('PSP: 3-D Secure', reply.status, reply.code);
}
