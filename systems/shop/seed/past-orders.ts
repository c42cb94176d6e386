import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, Client } from '@portico/service';
import { Cart } from '../contracts/cart.ts';
import { Orders } from '../contracts/orders.ts';
import type { Calls } from './calls.ts';
import { createCatalogue } from './catalogue.ts';
import type { SeedPerson } from './people.ts';
import { createStock } from './stock.ts';

/** Where a card becomes a token, as a page would do it. */
export interface TokenSource {
  /** `http://127.0.0.1:8081/tokens`. */
  readonly tokenUrl: string;
  readonly publishableKey: string;
}

/** A customer that has an account. */
export interface SeedCustomer {
  readonly accountId: string;
  readonly person: SeedPerson;
}

/** Orders in all, spread over the customers in turn. */
const ORDERS = 120;
const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2099, cvc: '123' };
/** Reads of an order until it is paid: it is confirmed a moment earlier. */
const READS_MAX = 500;
const READ_PAUSE_MS = 10;

const STAFF: Caller = Object.freeze({
  subject: 'user:seed',
  permissions: new Set(['orders:manage']),
  via: 'seed',
});

/**
 * Places the shop's past orders, by the same operations that customers and staff use: of five, three
 * are delivered, one is on its way and one waits to be sent. Those that a customer has already are
 * not placed again.
 */
export async function seedPastOrders(
  calls: Calls,
  customers: readonly SeedCustomer[],
  tokens: TokenSource,
): Promise<void> {
  const skus = findPlenty();
  const placed = await Promise.all(customers.map((customer) => countOrders(calls, customer)));
  // Round by round: a customer's next order may come only when the cart of the last one is closed.
  for (let serial = 0; serial < ORDERS; serial += 1) {
    const index = serial % customers.length;
    const customer = customers[index];
    const number = Math.floor(serial / customers.length);
    if (!customer || number < (placed[index] ?? 0)) continue;
    const name = `seed/order/${number}`;
    const caller = toCaller(customer);
    const cart = calls.client(Cart, { caller });
    for (let line = 0; line <= serial % 3; line += 1) {
      const sku = skus[(serial * 7 + line * 31) % skus.length] ?? '';
      await cart.addItem({ sku, quantity: 1 + (serial % 2) }, { key: `${name}/item/${line}` });
    }
    const mine = calls.client(Orders, { caller });
    const orderId = await placeOrder(mine, customer.person, { name, tokens });
    await fulfil(calls.client(Orders, { caller: STAFF }), orderId, serial);
  }
}

function toCaller({ accountId }: SeedCustomer): Caller {
  const permissions = new Set(['cart:use', 'orders:place']);
  return { subject: `user:${accountId}`, permissions, via: 'seed' };
}

async function countOrders(calls: Calls, customer: SeedCustomer): Promise<number> {
  const mine = calls.client(Orders, { caller: toCaller(customer) });
  return (await mine.listOrders({ limit: 100 })).items.length;
}

async function placeOrder(
  mine: Client<typeof Orders>,
  { givenName, familyName, email, address }: SeedPerson,
  { name, tokens }: { readonly name: string; readonly tokens: TokenSource },
): Promise<string> {
  const { cartVersion, total } = await mine.getQuote({ country: address.country });
  const { orderId } = await mine.placeOrder(
    {
      cartVersion,
      expectedTotal: total,
      contact: { name: `${givenName} ${familyName}`, email },
      shippingAddress: address,
      paymentToken: await createToken(tokens),
    },
    { key: name },
  );
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const order = await mine.getOrder({ orderId, wait: 10 });
    if (order.payment === 'paid') return orderId;
    if (order.state === 'failed') break;
    await sleep(READ_PAUSE_MS);
  }
  throw new Error(`The seed's order ${orderId} was not paid.`);
}

async function fulfil(
  staff: Client<typeof Orders>,
  orderId: string,
  serial: number,
): Promise<void> {
  if (serial % 5 === 4) return;
  const parcel = { orderId, carrier: 'Northern Parcel', trackingNumber: `NP${100_000 + serial}` };
  const { shipmentId } = await staff.shipOrder(parcel, { key: `seed/parcel/${orderId}` });
  if (serial % 5 < 3) await staff.confirmDelivery({ orderId, shipmentId });
}

async function createToken({ tokenUrl, publishableKey }: TokenSource): Promise<string> {
  const reply = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${publishableKey}` },
    body: JSON.stringify(CARD),
  });
  if (!reply.ok) throw new Error(`The payment provider answered ${reply.status} to the seed.`);
  return ((await reply.json()) as { token: string }).token;
}

/** SKUs of which so many are there that the past orders leave enough. */
function findPlenty(): string[] {
  const skus = createCatalogue().flatMap((product) => product.variants.map(({ sku }) => sku));
  return [...createStock(skus)].flatMap(([sku, pieces]) => (pieces >= 100 ? [sku] : [])).sort();
}
