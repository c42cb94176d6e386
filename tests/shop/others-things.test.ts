import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Api, Operation } from '@portico/contract';
import { Customers } from '../../systems/shop/contracts/customers.ts';
import { Identity } from '../../systems/shop/contracts/identity.ts';
import { Orders } from '../../systems/shop/contracts/orders.ts';
import { createShop } from '../../systems/shop/system.ts';
import { type Refusal, refusalOf } from './kit/client.ts';
import { sell } from './kit/goods.ts';
import { startShop, type TestShop, VIAS } from './kit/shop.ts';
import { ADDRESS, createCustomer, createGuest, prepareOrder, settleOrder } from './kit/shopper.ts';
import type { As } from './kit/transport.ts';

const amount = { amount: 1, currency: 'EUR' };
const lines = [{ sku: 'LAMP-1', quantity: 1 }];
const product = {
  slug: 'mine',
  title: 'Mine',
  description: '',
  categories: [],
  taxClass: 'standard',
  attributes: [],
  images: [],
  variants: [],
};

/** What each operation that takes an id needs beside it. A new one without a line here fails the test. */
const BESIDE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'identity.setRoles': { roles: ['admin'] },
  'identity.lockAccount': { locked: true },
  'customers.updateAddress': { preferred: false, address: ADDRESS },
  'customers.removeAddress': {},
  'customers.findCustomers': {},
  'customers.eraseCustomer': {},
  'catalog.putProduct': product,
  'catalog.publishProduct': { version: '1' },
  'catalog.retireProduct': { version: '1' },
  'orders.getOrder': {},
  'orders.cancelOrder': {},
  'orders.searchOrders': {},
  'orders.shipOrder': { carrier: 'mine' },
  'orders.confirmDelivery': {},
  'orders.acceptReturn': { lines, restock: true },
  'orders.refundOrder': { amount, reason: 'mine' },
  'orders.getHistory': {},
  'notifications.listMessages': {},
  'payments.getPayment': {},
  'payments.listPayments': {},
};

/** Operations of the outside whose input names a thing, with the fields that do and their prefixes. */
function findNaming(apis: readonly Api[]) {
  return apis.flatMap((api) =>
    Object.values<Operation>(api.operations).flatMap((operation) => {
      const ids = operation.input.shape.fields.flatMap(({ name, id }) => (id ? [[name, id]] : []));
      const isOpen = operation.exposure === 'public' || operation.exposure === 'partner';
      return isOpen && ids.length > 0 ? { api, operation, ids } : [];
    }),
  );
}

describe("somebody else's things", () => {
  let shop: TestShop;
  /** By prefix: the ids of what belongs to Ada. */
  const adas = new Map<string, string>();
  const callers = new Map<string, As | undefined>();
  let seen: unknown;
  let look: () => Promise<unknown>;

  before(async () => {
    shop = await startShop();
    await sell(shop, { sku: 'LAMP-1', prices: { EUR: 2990 }, pieces: 100 });
    const ada = await createCustomer(shop, 'REST');
    const customers = await shop.calls(Customers, { via: 'REST', as: ada.as });
    const { addressId } = await customers.addAddress({ preferred: true, address: ADDRESS });
    const order = await prepareOrder(ada, { psp: shop.psp, sku: 'LAMP-1', quantity: 2 });
    const placed = await ada.orders.placeOrder(order);
    const { orderId } = placed;
    await settleOrder(shop, ada, orderId);
    const staff = await shop.calls(Orders, { via: 'REST', as: shop.consumers.staff });
    const { shipmentId } = await staff.shipOrder({ orderId, carrier: 'post', lines });
    const profile = await customers.getProfile();
    adas.set('acc', profile.customerId);
    adas.set('adr', addressId);
    adas.set('ord', orderId);
    adas.set('shp', shipmentId);
    adas.set('pay', placed.paymentId ?? '');
    look = async () => ({
      order: await ada.orders.getOrder({ orderId }),
      addresses: await customers.listAddresses(),
      profile: await customers.getProfile(),
    });
    seen = await look();
    callers.set('another customer', (await createCustomer(shop, 'REST')).as);
    callers.set('a guest', (await createGuest(shop, 'REST')).as);
    callers.set('a consumer for customers', shop.consumers.agent);
    callers.set('a consumer without permissions', shop.consumers.stranger);
    callers.set('nobody', undefined);
  });
  after(() => shop.stop());

  /** The id of Ada's thing, or one like it that nobody has. */
  const idOf = (prefix: string, whose: 'adas' | 'unknown') => {
    const unknown = `${prefix}_${randomBytes(13).toString('hex')}`;
    return whose === 'adas' ? (adas.get(prefix) ?? unknown) : unknown;
  };

  /** What a refusal says, but for the number of the request and the ids that were asked for. */
  const toSaid = ({ reply }: Refusal) => ({
    ...reply,
    raw: reply.raw
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid')
      .replaceAll(/[a-z]{3}_[0-9a-z]{26}/g, 'id'),
  });

  const operations = findNaming(createShop().apis);

  for (const { api, operation, ids } of operations) {
    it(`look unknown, or are refused, to all others in ${operation.id}`, async () => {
      const beside = BESIDE[operation.id];
      assert.ok(beside, `say in BESIDE what ${operation.id} needs`);
      const inputFor = (whose: 'adas' | 'unknown') => ({
        ...beside,
        ...Object.fromEntries(ids.map(([name = '', prefix = '']) => [name, idOf(prefix, whose)])),
      });
      for (const via of VIAS) {
        for (const [name, as] of callers) {
          const calls = await shop.calls(api, { via, ...(as ? { as } : {}) });
          const call = calls[operation.name] as (input: unknown) => Promise<unknown>;
          const who = `${name} over ${via}`;
          const [refusal, likewise] = [
            await refusalOf(call(inputFor('adas'))),
            await refusalOf(call(inputFor('unknown'))),
          ];
          assert.deepEqual(toSaid(refusal), toSaid(likewise), who);
          const expected = as ? /^(not-found|forbidden)$/ : /^unauthenticated$/;
          assert.match(refusal.code, expected, `${who}: ${refusal.message}`);
        }
      }
      assert.deepEqual(await look(), seen);
    });
  }

  it('are in no list, cart or export of another customer', async () => {
    const as = callers.get('another customer') ?? {};
    for (const via of VIAS) {
      const orders = await shop.calls(Orders, { via, as });
      const customers = await shop.calls(Customers, { via, as });
      const identity = await shop.calls(Identity, { via, as });
      const lists = [
        await orders.listOrders(),
        await customers.listAddresses(),
        await customers.exportMyData(),
        await identity.listSessions(),
      ];
      const text = JSON.stringify(lists);
      for (const id of adas.values()) assert.ok(!text.includes(id), `${id} in ${text}`);
    }
  });

  it('have a line for no operation that does not exist', () => {
    const known = new Set(operations.map(({ operation }) => operation.id));
    assert.deepEqual(
      Object.keys(BESIDE).filter((id) => !known.has(id)),
      [],
    );
  });
});
