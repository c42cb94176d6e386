import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, type Criticality, operation } from '@portico/contract';
import { service } from '@portico/service';
import { criticalServicesOf, withLeastReplicas } from './least-replicas.ts';
import { placeGroups } from './place-groups.ts';
import { system } from './system.ts';
import { parseTopology } from './topology.ts';

const one = (name: string, criticality: Criticality) => {
  const ask = operation({
    ...{ summary: 'Asks.', exposure: 'internal', effect: 'safe', criticality },
  });
  const operations = { ask: () => undefined };
  const its = api(name, { version: '1.0.0', summary: 'For tests.', operations: { ask } });
  return service(its)({ operations });
};

const services = [one('cart', 'critical'), one('search', 'sheddable')];
const shop = system({ name: 'shop', services, gateway: { issuers: [], roles: {} } });

const ranges = (groups: object) => {
  const file = {
    ...{ system: 'shop', gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' } },
    ...{ groups: { edge: { gateway: true }, ...groups }, stores: { '*': { engine: 'sqlite' } } },
  };
  const placement = placeGroups(parseTopology(file, 'of a test'), ['cart', 'search']);
  const { groups: placed } = withLeastReplicas(placement, criticalServicesOf(shop));
  return Object.fromEntries(placed.map(({ name, replicas }) => [name, replicas]));
};

test('what is critical and scales has two replicas at least', () => {
  const replicas = { min: 1, max: 4 };
  const scaled = ranges({
    cart: { services: ['cart'], replicas },
    search: { services: ['search'], replicas },
  });
  assert.deepEqual(scaled.cart, { min: 2, max: 4 });
  assert.deepEqual(scaled.search, { min: 1, max: 4 });
  const together = ranges({ all: { services: ['cart', 'search'], replicas } });
  assert.deepEqual(together.all, { min: 2, max: 4 });
});

test('more than two stay as they are, and one that is asked for is one', () => {
  assert.deepEqual(ranges({ '*': {} }).cart, { min: 1, max: 1 });
  const replicas = { min: 3, max: 4 };
  assert.deepEqual(ranges({ cart: { services: ['cart'], replicas }, '*': {} }).cart, replicas);
});
