import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import type { ControlCentre } from './control.ts';
import { createDrains } from './drains.ts';
import type { Fleet } from './fleet.ts';

function createScene(isCalledFromElsewhere = false) {
  const host = createSimulatedHost({ seed: 1 });
  const held = new Map<string, number>([['edge-0', 7]]);
  const done: string[] = [];
  const replicas = ['cart-0', 'cart-1', 'edge-0'].map((name) => ({
    ...{ name, group: name.slice(0, -2), ending: name === 'cart-0' },
    health: { phase: name === 'cart-1' ? 'starting' : 'ready' },
  }));
  const fleet = {
    replicas,
    of: (group: string) => replicas.filter((one) => one.group === group),
    drain: (name: string) => done.push(`drain ${name}`),
    end: (name: string) => done.push(`end ${name}`),
    kill: (name: string) => done.push(`kill ${name}`),
  } as unknown as Fleet;
  const control = {
    heldBy: (name: string) =>
      name === 'cart-1' ? undefined : { epoch: 1, generation: held.get(name) ?? 0 },
  } as unknown as ControlCentre;
  const drains = createDrains({ clock: host.clock, fleet, control, isCalledFromElsewhere });
  drains.begin('cart-0');
  return { host, held, done, drains, replicas };
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

test('callers on other machines get 3 s to find who takes its place', async () => {
  const { drains, held, host, done } = createScene(true);
  drains.published(8);
  held.set('edge-0', 8);
  await host.advance(2_999);
  drains.look();
  assert.deepEqual(done, ['drain cart-0']);
  await host.advance(1);
  drains.look();
  assert.deepEqual(done, ['drain cart-0', 'end cart-0']);
});

test('nobody is waited for where the whole group ends', () => {
  const { drains, held, done, replicas } = createScene(true);
  for (const one of replicas) one.ending = true;
  drains.published(8);
  held.set('edge-0', 8);
  drains.look();
  assert.deepEqual(done, ['drain cart-0', 'end cart-0']);
});
