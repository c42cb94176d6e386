import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHost, type Host } from '@portico/host';
import { createShop } from '../../systems/shop/system.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { walkCart, walkCustomers, walkIdentity, walkNotifications } from './kit/walk-customers.ts';
import { walkCatalog, walkInventory } from './kit/walk-goods.ts';
import { walkOrders, walkPayments } from './kit/walk-orders.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * 60_000;

/** The real machine, on which it is a quarter of an hour before noon, until `strike` makes it noon. */
function createHostBeforeNoon(): { readonly host: Host; strike(): void } {
  const host = createHost();
  let lateMs = DAY_MS * 1.5 - (host.clock.now() % DAY_MS) - QUARTER_MS;
  const { monotonic } = host.clock;
  return {
    host: { ...host, clock: { now: () => host.clock.now() + lateMs, monotonic } },
    strike() {
      lateMs += QUARTER_MS;
    },
  };
}

describe('every operation of the shop', () => {
  const { host, strike } = createHostBeforeNoon();
  let shop: TestShop;
  before(async () => {
    shop = await startShop({ host });
    // Payments compare the ledgers of yesterday each quarter of an hour: what fell due while nobody was there
    // is done at the next start.
    await shop.restart(strike);
  });
  after(() => shop.stop());

  for (const via of VIAS) {
    let sku = '';
    it(`of identity answers over ${via}`, () => walkIdentity(shop, via));
    it(`of customers answers over ${via}`, () => walkCustomers(shop, via));
    it(`of catalog answers over ${via}`, async () => {
      sku = await walkCatalog(shop, via);
    });
    it(`of inventory answers over ${via}`, () => walkInventory(shop, via, sku));
    it(`of cart answers over ${via}`, () => walkCart(shop, via, sku));
    it(`of orders answers over ${via}`, () => walkOrders(shop, via, sku));
    it(`of notifications answers over ${via}`, () => walkNotifications(shop, via));
    it(`of payments answers over ${via}`, () => walkPayments(shop, via, host.clock.now()));
  }

  it('has answered through each binding', () => {
    const open = createShop().apis.flatMap((api) =>
      Object.values(api.operations).filter(
        ({ exposure }) => exposure === 'public' || exposure === 'partner',
      ),
    );
    const missing = open
      .flatMap(({ id }) => VIAS.map((via) => `${id} ${via}`))
      .filter((name) => !shop.answered.has(name));
    assert.deepEqual(missing, []);
    assert.ok(open.length > 50, `${open.length} operations`);
  });

  it('has written no error into the log', () => {
    assert.deepEqual(
      shop.lines.filter((line) => line.level === 'error'),
      [],
    );
  });
});
