// Payments and orders without Portico, for the peers of `checkout`. An order is placed, paid and closed within
// one request, in the order of the shop's saga; what a failure leaves behind is undone as far as the process
// lives to do it.
import { randomUUID } from 'node:crypto';
import {
  type PricedLine,
  type PricedOrder,
  priceOrder,
} from '../../systems/shop/services/orders/pricing.ts';
import type { Catalog, Inventory } from './checkout-plain-goods.ts';
import type { CartCalls } from './checkout-plain-people.ts';
import { openPlainStore, type PlainStore, Refusal } from './checkout-plain-store.ts';
import { SANDBOX_KEYS } from './checkout-shop.ts';

export type Payments = ReturnType<typeof createPayments>;
export type Orders = ReturnType<typeof createOrders>;

interface Money {
  readonly amount: number;
  readonly currency: 'EUR';
}

/** Takes money at the sandbox provider; keeps what was taken. */
export function createPayments(directory: string, psp: string) {
  const store = openPlainStore(
    directory,
    'payments',
    `CREATE TABLE payment (payment_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL,
       state TEXT NOT NULL, provider_id TEXT) STRICT;
     CREATE TABLE ledger (number INTEGER PRIMARY KEY, payment_id TEXT NOT NULL, kind TEXT NOT NULL,
       amount INTEGER NOT NULL, at INTEGER NOT NULL) STRICT`,
  );
  const post = async (path: string, key: string, body: object) => {
    const reply = await fetch(psp + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${SANDBOX_KEYS.secret}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    });
    const payment = (await reply.json()) as { id: string; state: string };
    if (!reply.ok) throw new Refusal(502, `The provider answered ${reply.status}.`);
    return payment;
  };
  const settle = (
    paymentId: string,
    { id, state }: { id: string; state: string },
    amount: number,
  ) =>
    store.transaction(() => {
      store.run(
        'UPDATE payment SET state = ?, provider_id = ? WHERE payment_id = ?',
        ...[state, id, paymentId],
      );
      store.run(
        'INSERT INTO ledger (payment_id, kind, amount, at) VALUES (?, ?, ?, ?)',
        ...[paymentId, state, amount, Date.now()],
      );
    });
  const find = (paymentId: string) =>
    store.get<{ amount: number; provider_id: string }>(
      'SELECT amount, provider_id FROM payment WHERE payment_id = ?',
      paymentId,
    ) ?? { amount: 0, provider_id: '' };
  const act = async (paymentId: string, kind: 'capture' | 'void', body: object) => {
    const { amount, provider_id } = find(paymentId);
    const done = await post(`/payments/${provider_id}/${kind}`, `${paymentId}:${kind}`, body);
    settle(paymentId, done, amount);
  };
  return {
    async authorize(request: Authorization) {
      const { paymentId, orderId, amount, token } = request;
      const row = [paymentId, orderId, amount.amount];
      store.run("INSERT INTO payment VALUES (?, ?, ?, 'sent', NULL)", ...row);
      const body = { reference: paymentId, ...amount, token };
      const payment = await post('/payments', `${paymentId}:authorize`, body);
      settle(paymentId, payment, amount.amount);
      if (payment.state !== 'authorized') throw new Refusal(402, `The card: ${payment.state}.`);
    },
    capture: ({ paymentId }: { readonly paymentId: string }) =>
      act(paymentId, 'capture', { amount: find(paymentId).amount }),
    void: ({ paymentId }: { readonly paymentId: string }) => act(paymentId, 'void', {}),
  };
}

interface Authorization {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly token: string;
}

/** What orders calls. */
export interface OrdersCalls {
  readonly cart: CartCalls;
  readonly catalog: Pick<Catalog, 'getOffers'>;
  readonly inventory: Inventory;
  readonly payments: Payments;
}

/** What a customer says with an order. */
export interface PlaceOrder {
  readonly subject: string;
  readonly cartVersion: number;
  readonly expectedTotal: Money;
  readonly contact: { readonly name: string; readonly email: string };
  readonly shippingAddress: { readonly country: string };
  readonly paymentToken: string;
}

const SCHEMA = `
CREATE TABLE orders (order_id TEXT PRIMARY KEY, subject TEXT NOT NULL, cart_id TEXT NOT NULL,
  cart_version INTEGER NOT NULL, state TEXT NOT NULL, payment TEXT NOT NULL, subtotal INTEGER NOT NULL,
  shipping INTEGER NOT NULL, total INTEGER NOT NULL, tax INTEGER NOT NULL, shipping_method TEXT NOT NULL,
  country TEXT NOT NULL, payment_id TEXT NOT NULL, placed_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (cart_id, cart_version)) STRICT;
CREATE INDEX orders_subject ON orders (subject);
CREATE TABLE order_line (order_id TEXT NOT NULL REFERENCES orders, sku TEXT NOT NULL, title TEXT NOT NULL,
  quantity INTEGER NOT NULL, unit_price INTEGER NOT NULL, total INTEGER NOT NULL, tax_rate INTEGER NOT NULL,
  tax INTEGER NOT NULL, PRIMARY KEY (order_id, sku)) STRICT;
CREATE TABLE contact (order_id TEXT PRIMARY KEY REFERENCES orders, name TEXT NOT NULL, email TEXT NOT NULL,
  address TEXT NOT NULL) STRICT;
CREATE TABLE history (number INTEGER PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders,
  axis TEXT NOT NULL, entered TEXT NOT NULL, at INTEGER NOT NULL) STRICT`;

/** From the quote to the paid order. */
export function createOrders(directory: string, calls: OrdersCalls) {
  const store = openPlainStore(directory, 'orders', SCHEMA);
  const quote = async ({ subject, country }: { subject: string; country: string }) => {
    const { cartId, version, lines } = await calls.cart.getCheckoutCart({ subject });
    if (!cartId || lines.length === 0) throw new Refusal(409, 'There is nothing in your cart.');
    const { offers } = await calls.catalog.getOffers({ skus: lines.map(({ sku }) => sku) });
    const priced = priceOrder({ lines, offers, currency: 'EUR', country });
    return { cartId, cartVersion: version, lines, priced };
  };
  const checkStock = async (lines: readonly PricedLine[]) => {
    const { items } = await calls.inventory.getStocks({ skus: lines.map(({ sku }) => sku) });
    const short = lines.find(
      ({ sku, quantity }) => (items.find((item) => item.sku === sku)?.available ?? 0) < quantity,
    );
    if (short) throw new Refusal(409, `${short.sku} is sold out.`);
  };
  const move = (orderId: string, axis: 'state' | 'payment', entered: string) =>
    store.transaction(() => {
      const sql = `UPDATE orders SET ${axis} = ?, updated_at = ? WHERE order_id = ?`;
      store.run(sql, entered, Date.now(), orderId);
      addHistory(store, orderId, axis, entered);
    });
  return {
    async getQuote(request: { readonly subject: string; readonly country: string }) {
      const { cartId, cartVersion, priced } = await quote(request);
      return { cartId, cartVersion, currency: 'EUR', ...priced };
    },
    async placeOrder(input: PlaceOrder) {
      const { subject, shippingAddress, paymentToken: token } = input;
      const { country } = shippingAddress;
      const { cartId, cartVersion, lines, priced } = await quote({ subject, country });
      if (cartVersion !== input.cartVersion) throw new Refusal(409, 'Your cart has changed.');
      if (priced.total.amount !== input.expectedTotal.amount)
        throw new Refusal(409, 'Prices have changed.');
      await checkStock(priced.lines);
      const orderId = `ord_${randomUUID()}`;
      const paymentId = `pay_${randomUUID()}`;
      const amount = { amount: priced.total.amount, currency: 'EUR' as const };
      write(store, input, { orderId, paymentId, cartId, priced });
      await calls.inventory.reserve({ reservation: orderId, lines });
      try {
        await calls.payments.authorize({ paymentId, orderId, amount, token });
      } catch (problem) {
        await calls.inventory.release({ reservation: orderId });
        move(orderId, 'state', 'failed');
        throw problem;
      }
      move(orderId, 'payment', 'authorized');
      move(orderId, 'state', 'confirmed');
      await calls.payments.capture({ paymentId });
      move(orderId, 'payment', 'paid');
      await calls.inventory.commit({ reservation: orderId });
      await calls.cart.closeCart({ cartId, lines });
      return read(store, { subject, orderId });
    },
    getOrder: async (request: { readonly subject: string; readonly orderId: string }) =>
      read(store, request),
  };
}

function write(
  store: PlainStore,
  input: PlaceOrder,
  order: {
    readonly orderId: string;
    readonly paymentId: string;
    readonly cartId: string;
    readonly priced: PricedOrder;
  },
): void {
  const { orderId, paymentId, cartId, priced } = order;
  const { contact, shippingAddress, subject } = input;
  const amounts = [priced.subtotal, priced.shipping, priced.total, priced.tax];
  store.transaction(() => {
    store.run(
      "INSERT INTO orders VALUES (?, ?, ?, ?, 'pending', 'none', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[orderId, subject, cartId, input.cartVersion, ...amounts.map(({ amount }) => amount)],
      ...[priced.shippingMethod, shippingAddress.country, paymentId, Date.now(), Date.now()],
    );
    for (const { sku, title, quantity, unitPrice, total, tax } of priced.lines) {
      store.run(
        'INSERT INTO order_line VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[orderId, sku, title, quantity, unitPrice.amount, total.amount],
        ...[tax.rateBasisPoints, tax.amount.amount],
      );
    }
    const address = JSON.stringify(shippingAddress);
    const row = [orderId, contact.name, contact.email.toLowerCase(), address];
    store.run('INSERT INTO contact VALUES (?, ?, ?, ?)', ...row);
    addHistory(store, orderId, 'state', 'pending');
  });
}

function addHistory(store: PlainStore, orderId: string, axis: string, entered: string): void {
  const row = [orderId, axis, entered, Date.now()];
  store.run('INSERT INTO history (order_id, axis, entered, at) VALUES (?, ?, ?, ?)', ...row);
}

type Row = Readonly<Record<string, number>>;

function read(store: PlainStore, { subject, orderId }: { subject: string; orderId: string }) {
  const order = store.get<Row>(
    'SELECT * FROM orders WHERE order_id = ? AND subject = ?',
    ...[orderId, subject],
  );
  if (!order) throw new Refusal(404, 'There is no such order.');
  const lines = store.all<Row>('SELECT * FROM order_line WHERE order_id = ?', orderId);
  const who = store.get<{ name: string; email: string; address: string }>(
    'SELECT name, email, address FROM contact WHERE order_id = ?',
    orderId,
  );
  const money = (amount: number | undefined) => ({ amount: amount ?? 0, currency: 'EUR' });
  return {
    ...{ orderId, state: order.state, payment: order.payment, fulfilment: 'open' },
    ...{ cartId: order.cart_id, cartVersion: order.cart_version, currency: 'EUR' },
    placedAt: new Date(order.placed_at ?? 0).toISOString(),
    updatedAt: new Date(order.updated_at ?? 0).toISOString(),
    lines: lines.map((line) => ({
      ...{ sku: line.sku, title: line.title, quantity: line.quantity },
      ...{ unitPrice: money(line.unit_price), total: money(line.total) },
      tax: { rateBasisPoints: line.tax_rate, amount: money(line.tax) },
    })),
    ...{ subtotal: money(order.subtotal), discount: money(0), shipping: money(order.shipping) },
    ...{ total: money(order.total), tax: money(order.tax), refunded: money(0) },
    ...{ shippingMethod: order.shipping_method, country: order.country },
    paymentId: order.payment_id,
    contact: { name: who?.name, email: who?.email },
    shippingAddress: JSON.parse(who?.address ?? '{}'),
    ...{ shipments: [], returns: [], refunds: [] },
  };
}
