import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacedGroup } from '../placement.ts';
import { inStartOrder } from './start-order.ts';

const group = (name: string, ...services: readonly string[]) =>
  ({ name, services, gateway: name === 'edge' }) as unknown as PlacedGroup;

test('who is used starts before who uses it, and the gateway last', () => {
  const groups = [
    group('edge'),
    group('orders', 'orders'),
    group('stock', 'stock'),
    group('pay', 'pay'),
  ];
  const uses = { orders: ['stock', 'pay'], pay: ['identity'], stock: [] };
  assert.deepEqual(
    inStartOrder(groups, uses).map(({ name }) => name),
    ['stock', 'pay', 'orders', 'edge'],
  );
});

test('groups that use each other are started all the same, each once', () => {
  const groups = [group('a', 'x', 'y'), group('b', 'z')];
  const uses = { x: ['z'], z: ['y'] };
  assert.deepEqual(
    inStartOrder(groups, uses).map(({ name }) => name),
    ['b', 'a'],
  );
});
