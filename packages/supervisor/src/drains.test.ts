import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import type { ControlCentre } from './control.ts';
import { createDrains } from './drains.ts';
import type { Fleet } from './fleet.ts';

function createScene() {
  const host = createSimulatedHost({ seed: 1 });
  const held = new Map<string, number>([['edge-0', 7]]);
  const done: string[] = [];
  const fleet = {
    replicas: ['cart-0', 'edge-0'].map((name) => ({ name, health: { phase: 'ready' } })),
    drain: (name: string) => done.push(`drain ${name}`),
    end: (name: string) => done.push(`end ${name}`),
    kill: (name: string) => done.push(`kill ${name}`),
  } as unknown as Fleet;
  const control = {
    heldBy: (name: string) => ({ epoch: 1, generation: held.get(name) ?? 0 }),
  } as unknown as ControlCentre;
  const drains = createDrains(host.clock, fleet, control);
  drains.begin('cart-0');
  return { host, held, done, drains };
}

test('a replica is told to end when every caller holds a table that says so', () => {
  const { drains, held, done } = createScene();
  drains.look();
  drains.published(8);
  drains.look();
  assert.deepEqual(done, ['drain cart-0']);
  held.set('edge-0', 8);
  drains.look();
  assert.deepEqual(done, ['drain cart-0', 'end cart-0']);
});

test('callers that say nothing are waited for 2 s, the replica itself 35 s', async () => {
  const { drains, host, done } = createScene();
  drains.published(8);
  await host.advance(1_999);
  drains.look();
  assert.deepEqual(done, ['drain cart-0']);
  await host.advance(1);
  drains.look();
  await host.advance(35_000);
  drains.look();
  assert.deepEqual(done, ['drain cart-0', 'end cart-0']);
  await host.advance(1);
  for (let look = 0; look < 3; look++) drains.look();
  assert.deepEqual(done, ['drain cart-0', 'end cart-0', 'kill cart-0']);
});
