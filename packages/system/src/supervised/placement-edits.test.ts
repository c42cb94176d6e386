import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeGroups } from '../place-groups.ts';
import { parseTopology } from '../topology.ts';
import { withMove, withRange } from './placement-edits.ts';

const topology = parseTopology(
  {
    system: 'shop',
    gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
    groups: {
      edge: { gateway: true },
      browse: { services: ['catalog', 'cart'], env: { LOG_LEVEL: 'debug' } },
      '*': {},
    },
    stores: { '*': { engine: 'sqlite' } },
  },
  'of a test',
);
const placement = placeGroups(topology, ['cart', 'catalog', 'orders']);

const contents = ({ groups }: typeof placement) =>
  groups.map(({ name, services }) => `${name}: ${services.join(' ')}`.trim());

test('a service moves with its store, and a group that is left empty is gone', () => {
  const moved = withMove(placement, 'orders', 'browse');
  assert.deepEqual(contents(moved), ['browse: cart catalog orders', 'edge:']);
  const browse = moved.groups.find(({ name }) => name === 'browse');
  assert.deepEqual(Object.keys(browse?.stores ?? {}).toSorted(), ['cart', 'catalog', 'orders']);
});

test('a new group has the settings of the one that the service comes from', () => {
  const moved = withMove(placement, 'cart', 'till');
  assert.deepEqual(contents(moved), ['browse: catalog', 'edge:', 'orders: orders', 'till: cart']);
  const till = moved.groups.find(({ name }) => name === 'till');
  assert.deepEqual(
    [till?.env, till?.replicas, till?.gateway],
    [{ LOG_LEVEL: 'debug' }, { min: 1, max: 1 }, false],
  );
});

test('what is not there is named with what is', () => {
  assert.throws(
    () => withMove(placement, 'till', 'browse'),
    /no service "till"; there are cart, catalog, orders\./,
  );
  assert.throws(() => withMove(placement, 'cart', 'browse'), /is in group "browse" already/);
  assert.throws(() => withMove(placement, 'cart', 'The Till'), /no name for a group/);
  assert.throws(() => withRange(placement, 'till', { min: 1, max: 1 }), /no group "till"/);
  assert.throws(() => withRange(placement, 'edge', { min: 2, max: 1 }), /fewer than the least/);
});
