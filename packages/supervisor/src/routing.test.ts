import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetReplica } from './fleet.ts';
import type { ReplicaPhase } from './policy/replica-health.ts';
import { toServices } from './routing.ts';

const replica = (name: string, phase: ReplicaPhase, more: Partial<FleetReplica> = {}) =>
  ({
    name,
    group: name.replace(/-\d+$/, ''),
    address: `/run/${name}.sock`,
    services: ['cart'],
    versions: { cart: '1.2.0' },
    health: { phase, against: 0 },
    ...more,
  }) as FleetReplica;

test('a table names who is ready and who drains, and nobody else', () => {
  const replicas = [
    replica('cart-0', 'ready'),
    replica('cart-1', 'draining'),
    replica('cart-2', 'not-ready'),
    replica('cart-3', 'starting'),
  ];
  assert.deepEqual(toServices({ replicas, routes: {} }), {
    cart: {
      version: '1.2.0',
      endpoints: [
        { replica: 'cart-0', address: '/run/cart-0.sock', state: 'ready' },
        { replica: 'cart-1', address: '/run/cart-1.sock', state: 'draining' },
      ],
    },
  });
});

test('what a process reports beside its services is found there, too', () => {
  const replicas = [replica('edge-0', 'ready', { services: [], versions: { portico: '1.0.0' } })];
  assert.deepEqual(toServices({ replicas, routes: {} }), {
    portico: {
      version: '1.0.0',
      endpoints: [{ replica: 'edge-0', address: '/run/edge-0.sock', state: 'ready' }],
    },
  });
});

test('the newest version that somebody serves stands for the service', () => {
  const replicas = [
    replica('cart-0', 'ready', { versions: { cart: '1.9.0' } }),
    replica('cart-1', 'ready', { versions: { cart: '1.10.0' } }),
    replica('cart-2', 'ready', { versions: { cart: '1.2.0' } }),
  ];
  assert.equal(toServices({ replicas, routes: {} }).cart?.version, '1.10.0');
});

test('while a service moves, it is called only in the groups of its route', () => {
  const replicas = [replica('cart-0', 'ready'), replica('browse-0', 'ready')];
  const endpoints = (routes: Record<string, string[]>) =>
    toServices({ replicas, routes }).cart?.endpoints.map((one) => one.replica);
  assert.deepEqual(endpoints({ cart: ['browse', 'cart'] }), ['cart-0', 'browse-0']);
  assert.deepEqual(endpoints({ cart: ['cart'] }), ['cart-0']);
});

test('what is on other machines is called there as well as here', () => {
  const there = {
    ...{ replica: 'cart-b-0', address: '10.0.0.7:7310' },
    ...{ state: 'ready' as const, static: true },
  };
  const elsewhere = {
    cart: { version: '1.0.0', endpoints: [there] },
    payments: { version: '2.0.0', endpoints: [there] },
  };
  const table = toServices({ replicas: [replica('cart-a-0', 'ready')], routes: {}, elsewhere });
  const here = { replica: 'cart-a-0', address: '/run/cart-a-0.sock', state: 'ready' };
  assert.deepEqual(table, {
    cart: { version: '1.2.0', endpoints: [there, here] },
    payments: elsewhere.payments,
  });
  assert.equal(elsewhere.cart.endpoints.length, 1);
});
