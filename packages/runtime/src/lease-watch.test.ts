import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import { createLeaseWatch } from './lease-watch.ts';

function watchOn({ clock }: SimulatedHost) {
  const watch = createLeaseWatch({ clock, leaseMs: 100, holder: 'cart-1/now' });
  /** Which of these are over, as `name:fence` held by somebody. */
  return (leases: Readonly<Record<string, number>>, holder = 'cart-2/x') => {
    const list = Object.entries(leases).map(([name, fence]) => ({ name, fence, holder, until: 7 }));
    return watch.look(list).map(({ name }) => name);
  };
}

test('finds a lease over when it has stood still for as long as one lasts', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const look = watchOn(host);
  assert.deepEqual(look({ a: 1 }), []);
  await host.advance(99);
  assert.deepEqual(look({ a: 1 }), []);
  await host.advance(1);
  assert.deepEqual(look({ a: 1 }), ['a']);
  assert.deepEqual(look({ a: 2 }), [], 'it was renewed');
  await host.advance(99);
  assert.deepEqual(look({ a: 2 }), []);
  await host.advance(1);
  assert.deepEqual(look({ a: 2 }), ['a']);
});

test('asks no wall clock', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const look = watchOn(host);
  assert.deepEqual(look({ a: 1 }), []);
  host.jump(3_600_000);
  assert.deepEqual(look({ a: 1 }), []);
  host.jump(-7_200_000);
  await host.advance(100);
  assert.deepEqual(look({ a: 1 }), ['a']);
});

test('starts anew with what was gone meanwhile', async () => {
  const host = createSimulatedHost({ seed: 1 });
  const look = watchOn(host);
  look({ a: 1, b: 1 });
  await host.advance(100);
  assert.deepEqual(look({ b: 1 }), ['b']);
  assert.deepEqual(look({ a: 1, b: 1 }), ['b']);
});

test('finds over at once what an earlier run of its replica left, until it is taken', () => {
  const look = watchOn(createSimulatedHost({ seed: 1 }));
  assert.deepEqual(look({ a: 1, b: 1 }, 'cart-1/before'), ['a', 'b']);
  assert.deepEqual(look({ a: 2, b: 1 }, 'cart-1/before'), ['b']);
});

test('lets alone what another replica holds, whatever it is called', () => {
  for (const holder of ['cart-11/x', 'cart/x', 'cart-1', 'x', '/x']) {
    assert.deepEqual(watchOn(createSimulatedHost({ seed: 1 }))({ a: 1 }, holder), [], holder);
  }
});

test('takes nothing from a second run of its replica after the first look', () => {
  const look = watchOn(createSimulatedHost({ seed: 1 }));
  assert.deepEqual(look({}), []);
  assert.deepEqual(look({ a: 1 }, 'cart-1/second'), []);
});
