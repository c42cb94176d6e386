import assert from 'node:assert/strict';
import { Failure } from '@portico/contract';
import type { Draw, Simulation, Workload } from '@portico/testing';
import { Cart } from '../../systems/shop/contracts/cart.ts';
import { Catalog } from '../../systems/shop/contracts/catalog.ts';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { createLedger, DECLINED, type ProviderLedger } from './shop-provider.ts';
import { createShopServices } from './shop-services.ts';

const SKU = 'LAMP-1';
const SHOPPERS_MAX = 3;
const THINK_MS = 300;
/** How long orders may take after healing: clocks may have been 10 minutes wrong. */
const ENDED_MS = 25 * 60_000;
const LOOK_MIN_MS = 1_000;
const LOOK_MAX_MS = 30_000;

/**
 * Guests of the real shop buy lamps, of which there are not enough. Each order ends paid, with its pieces
 * gone and the provider having taken its total once, or failed, with nothing held and nothing taken.
 */
export const shopWorkload: Workload = {
  name: 'shop',
  create(draw, size) {
    const ledger = createLedger();
    const pieces = draw.int(1, size * 2);
    const shoppers = draw.int(1, SHOPPERS_MAX);
    return {
      options: {
        system: { name: 'shop', services: (outside) => createShopServices(ledger, outside) },
      },
      prepare: (simulation) => stockUp(simulation, pieces),
      async run(simulation) {
        const count = Math.ceil(size / shoppers);
        await Promise.all(
          Array.from({ length: shoppers }, (_, index) =>
            shop(simulation, draw.fork(), { name: `g${index}`, count }),
          ),
        );
      },
      check: (simulation) => checkShop(simulation, ledger, pieces),
    };
  },
};

function as(subject: string, ...permissions: string[]) {
  return { caller: { subject, permissions: new Set(permissions), via: 'test' } };
}

async function stockUp(simulation: Simulation, pieces: number): Promise<void> {
  const staff = as('user:acc_staff', 'catalog:write', 'stock:write');
  const catalog = simulation.client(Catalog, staff, { persistent: true });
  const lamp = {
    ...{ slug: 'lamp-1', title: 'Lamp', description: 'A lamp.', categories: ['lamps'] },
    ...{ taxClass: 'standard' as const, attributes: [], images: [], publish: true },
    variants: [
      {
        ...{ sku: SKU, title: 'one', attributes: [] },
        prices: [{ currency: 'EUR' as const, amount: 2_990 }],
      },
    ],
  };
  await catalog.putCategory({ categoryId: 'lamps', title: 'Lamps', position: 0 });
  const { results } = await catalog.importProducts({ rows: [lamp] }, { key: 'import' });
  assert.notEqual(results[0]?.outcome, 'refused', results[0]?.problem);
  const inventory = simulation.client(Inventory, staff, { persistent: true });
  await inventory.receive({ lines: [{ sku: SKU, quantity: pieces }] }, { key: 'receipt' });
}

async function shop(
  simulation: Simulation,
  draw: Draw,
  { name, count }: { readonly name: string; readonly count: number },
): Promise<void> {
  for (let n = 0; n < count; n++) {
    try {
      await buy(simulation, draw, `${name}-${n}`);
    } catch (thrown) {
      // Sold out, or not for sale yet where a clock is behind: the guest goes away.
      if (!(thrown instanceof Failure) || thrown.class !== 'APP') throw thrown;
    }
    await simulation.sleep(draw.delayMs(THINK_MS));
  }
}

async function buy(simulation: Simulation, draw: Draw, name: string): Promise<void> {
  const guest = as(`user:gst_${name}`, 'cart:use', 'orders:place');
  const cart = simulation.client(Cart, guest, { persistent: true });
  const orders = simulation.client(Orders, guest, { persistent: true });
  const quantity = draw.int(1, 2);
  const paymentToken = draw.chance(0.2) ? DECLINED : 'tok_works';
  await cart.addItem({ sku: SKU, quantity }, { key: `${name}/item` });
  const { cartVersion, total } = await orders.getQuote({ country: 'DE' });
  const place = { line1: 'Lindenweg 1', postalCode: '04109', city: 'Leipzig', country: 'DE' };
  const order = {
    ...{ cartVersion, expectedTotal: total, paymentToken },
    contact: { name: 'Ada', email: 'ada@example.com' },
    shippingAddress: { name: 'Ada', ...place },
  };
  await orders.placeOrder(order, { key: name });
}

async function checkShop(
  simulation: Simulation,
  ledger: ProviderLedger,
  pieces: number,
): Promise<void> {
  const { clock } = simulation.host;
  const endAt = clock.monotonic() + ENDED_MS;
  for (let pauseMs = LOOK_MIN_MS; ; pauseMs = Math.min(LOOK_MAX_MS, pauseMs * 2)) {
    const problem = await findProblem(simulation, ledger, pieces);
    if (problem === undefined) return;
    assert(clock.monotonic() < endAt, problem);
    await simulation.sleep(pauseMs);
  }
}

/** What is not as it has to be when everything has ended. */
async function findProblem(
  simulation: Simulation,
  { payments }: ProviderLedger,
  pieces: number,
): Promise<string | undefined> {
  const auditor = as('user:acc_auditor', 'shop:audit', 'orders:manage');
  const orders = simulation.client(Orders, auditor, { persistent: true });
  const inventory = simulation.client(Inventory, auditor, { persistent: true });
  const { items } = await orders.searchOrders({ limit: 100 });
  let sold = 0;
  const totals: number[] = [];
  for (const { orderId, state, payment, total, pieces } of items) {
    if (state !== 'confirmed' && state !== 'failed') return `${orderId} is ${state}`;
    if (state === 'failed') continue;
    if (payment !== 'paid') return `${orderId} is confirmed, and its payment ${payment}`;
    sold += pieces;
    totals.push(total.amount);
  }
  const open = [...payments.values()].find(({ state }) => state === 'authorized');
  if (open) return `${open.reference} is held and belongs to no order`;
  const taken = [...payments.values()].filter(({ state }) => state === 'captured');
  const amounts = taken.map(({ capturedAmount }) => capturedAmount);
  if (String(amounts.sort()) !== String(totals.sort()))
    return `the provider took ${amounts}; the orders came to ${totals}`;
  const { items: facts } = await inventory.exportFacts({ limit: 500 });
  for (const fact of facts) {
    if (fact.kind !== 'stock' || fact.sku !== SKU) continue;
    const { onHand, reserved } = fact;
    if (reserved !== 0) return `${reserved} pieces are reserved for nobody`;
    if (onHand !== pieces - sold) return `${onHand} pieces are left of ${pieces}; sold ${sold}`;
  }
  return undefined;
}
