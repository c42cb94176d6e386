import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeGroups } from './place-groups.ts';
import { parseTopology, readTopology } from './topology.ts';

const services = ['operator', 'cart', 'catalog', 'orders', 'payments'];
const listeners = { public: '127.0.0.1:8080', admin: '127.0.0.1:7400' };

function place(groups: unknown, more: object = {}) {
  const stores = { '*': { engine: 'sqlite' } };
  const file = { system: 'shop', gateway: listeners, groups, stores, ...more };
  return placeGroups(parseTopology(file, 'x.json'), services, ['operator']);
}

const contents = (groups: unknown, more?: object) =>
  Object.fromEntries(place(groups, more).groups.map(({ name, services }) => [name, services]));

test('"*" as a service takes what no other group names', () => {
  assert.deepEqual(
    contents({ edge: { gateway: true, services: ['*'] }, pay: { services: ['payments'] } }),
    { edge: ['cart', 'catalog', 'operator', 'orders'], pay: ['payments'] },
  );
});

test('"*" as a group gives each of the others a group of its own', () => {
  assert.deepEqual(
    contents({
      edge: { gateway: true },
      platform: { services: ['@administration'] },
      shop: { services: ['cart', 'orders'] },
      '*': {},
    }),
    {
      edge: [],
      platform: ['operator'],
      shop: ['cart', 'orders'],
      catalog: ['catalog'],
      payments: ['payments'],
    },
  );
});

test('what a group does not say is decided: one replica, no limits, its stores', () => {
  const [edge] = place({
    edge: { gateway: true, services: ['*'], limits: { memory: '1GiB' } },
  }).groups;
  assert.deepEqual(edge, {
    name: 'edge',
    gateway: true,
    services: services.toSorted(),
    replicas: { min: 1, max: 1 },
    machines: [],
    env: {},
    limits: { memoryBytes: 1024 ** 3 },
    stores: {
      cart: { engine: 'sqlite' },
      catalog: { engine: 'sqlite' },
      orders: { engine: 'sqlite' },
      payments: { engine: 'sqlite' },
    },
  });
});

test('every service is placed, and only services that exist', () => {
  const message = (groups: unknown) => {
    try {
      place(groups);
    } catch (problem) {
      return (problem as Error).message;
    }
    return '';
  };
  const wrong = message({ edge: { gateway: true, services: ['cart', 'basket'] } });
  assert.match(wrong, /groups\.edge\.services: no service "basket"; there are operator, cart/);
  for (const lost of ['catalog', 'orders', 'payments', 'operator'])
    assert.match(wrong, new RegExp(`service "${lost}" is placed nowhere`));
  assert.match(
    message({ cart: { gateway: true }, '*': {} }),
    /groups\.cart: "\*" makes a group of that name/,
  );
  assert.match(
    message({
      edge: { gateway: true, services: ['@administration', 'operator'] },
      two: { services: ['operator'] },
      '*': {},
    }),
    /"operator" is placed in "edge" already/,
  );
});

test('a store in a file is on one machine, a service without a store on many', () => {
  const more = { machines: { a: '10.0.0.5', b: '10.0.0.7' }, wire: { tls: 'mesh' } };
  const edge = { gateway: true, on: ['a', 'b'], port: 7300, services: ['operator'] };
  const rest = { on: ['a'], port: 7310, services: ['*'] };
  assert.deepEqual(contents({ edge, rest }, more).edge, ['operator']);
  assert.throws(
    () => place({ edge, rest: { ...rest, on: ['a', 'b'] } }, more),
    /groups\.rest\.on: "cart" keeps its store in a file \(sqlite\), on one machine only/,
  );
});

for (const name of ['monolith', 'split', 'mixed']) {
  test(`the shop's ${name} topology places all of its services`, () => {
    const file = new URL(`../../../systems/shop/topologies/${name}.json`, import.meta.url).pathname;
    const shop = ['cart', 'catalog', 'customers', 'identity', 'inventory', 'operator'];
    const all = [...shop, 'orders', 'payments'];
    const { groups } = placeGroups(readTopology(file), all, ['operator']);
    assert.deepEqual(groups.flatMap((group) => group.services).toSorted(), all);
  });
}
