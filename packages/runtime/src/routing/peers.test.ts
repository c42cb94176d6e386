import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPeers, type DialledReplica } from './peers.ts';
import type { Endpoint, RoutingTable } from './routing-table.ts';

describe('peers', () => {
  it('dials a replica once, however many services it has', () => {
    const { peers, dialled } = createFixture();
    peers.apply(tableOf(1, { cart: [at('shop-1')], orders: [at('shop-1'), at('shop-2')] }));
    assert.deepEqual(dialled, ['shop-1 at /shop-1', 'shop-2 at /shop-2']);
    assert.equal(peers.replicasOf('cart')[0], peers.replicasOf('orders')[0]);
  });

  it('never dials the process that it is in', () => {
    const { peers, dialled } = createFixture();
    peers.apply(tableOf(1, { cart: [at('self'), at('shop-1')] }));
    assert.deepEqual(dialled, ['shop-1 at /shop-1']);
    assert.deepEqual(names(peers.replicasOf('cart')), ['shop-1']);
  });

  it('dials nobody for services that this process never calls', () => {
    const { peers, dialled } = createFixture(['cart']);
    peers.apply(tableOf(1, { cart: [at('a')], payments: [at('b')] }));
    assert.deepEqual(dialled, ['a at /a']);
    assert.deepEqual(peers.replicasOf('payments'), []);
  });

  it('gives no call to a replica that is about to end, and stays connected for what is under way', () => {
    const { peers, left } = createFixture();
    peers.apply(tableOf(1, { cart: [at('a'), at('b')] }));
    peers.apply(tableOf(2, { cart: [{ ...at('a'), state: 'draining' }, at('b')] }));
    assert.deepEqual(names(peers.replicasOf('cart')), ['b']);
    assert.deepEqual(left, []);
    peers.apply(tableOf(3, { cart: [at('b')] }));
    assert.deepEqual(left, ['a at /a']);
  });

  it('dials anew when a name has moved to another place', () => {
    const { peers, dialled, left } = createFixture();
    peers.apply(tableOf(1, { cart: [at('a')] }));
    peers.apply(tableOf(2, { cart: [{ ...at('a'), address: '/elsewhere' }] }));
    assert.deepEqual(dialled, ['a at /a', 'a at /elsewhere']);
    assert.deepEqual(left, ['a at /a']);
  });

  it('keeps the newer table when an older one comes late', () => {
    const { peers } = createFixture();
    assert.equal(peers.apply({ ...tableOf(7, { cart: [at('a')] }), epoch: 2 }), true);
    assert.equal(peers.apply({ ...tableOf(7, { cart: [] }), epoch: 2 }), false);
    assert.equal(peers.apply({ ...tableOf(9, { cart: [] }), epoch: 1 }), false);
    assert.equal(peers.apply({ ...tableOf(1, { cart: [at('b')] }), epoch: 3 }), true);
    assert.deepEqual(names(peers.replicasOf('cart')), ['b']);
  });

  it('dials twenty of more than fifty replicas, and keeps nearly all of them when one goes', () => {
    const { peers, dialled, left } = createFixture();
    const many = Array.from({ length: 60 }, (_, index) => at(`cart-${index}`));
    peers.apply(tableOf(1, { cart: many }));
    assert.equal(dialled.length, 20);
    peers.apply(tableOf(2, { cart: many.slice(1) }));
    assert(left.length <= 1 && dialled.length <= 21);
    assert.equal(peers.replicasOf('cart').length, 20);
  });

  it('dials every static place, since of a part nobody may listen at any', () => {
    const { peers, dialled } = createFixture();
    const slots = Array.from({ length: 60 }, (_, index) => ({
      ...at(`cart-b-${index}`),
      static: true,
    }));
    peers.apply(tableOf(1, { cart: [at('cart-a-0'), ...slots] }));
    assert.equal(dialled.length, 61);
    const [sure, slot] = peers.replicasOf('cart');
    assert(sure && slot);
    assert.deepEqual([peers.isStatic(sure), peers.isStatic(slot)], [false, true]);
  });

  it('leaves everybody when it is closed', () => {
    const { peers, left } = createFixture();
    peers.apply(tableOf(1, { cart: [at('a'), at('b')] }));
    peers.close();
    assert.deepEqual(left, ['a at /a', 'b at /b']);
    assert.deepEqual(peers.replicasOf('cart'), []);
  });
});

function createFixture(wanted?: readonly string[]) {
  const dialled: string[] = [];
  const left: string[] = [];
  const dial = ({ replica, address }: Endpoint): DialledReplica => {
    dialled.push(`${replica} at ${address}`);
    return {
      name: replica,
      state: 'ready',
      suspect: false,
      load: 0,
      inFlight: 0,
      serves: () => true,
      call: async () => undefined,
      leave: () => void left.push(`${replica} at ${address}`),
    };
  };
  const wants = (service: string) => wanted?.includes(service) ?? true;
  return { peers: createPeers({ self: 'self', dial, wants }), dialled, left };
}

function at(replica: string): Endpoint {
  return { replica, address: `/${replica}`, state: 'ready' };
}

function tableOf(generation: number, services: Record<string, readonly Endpoint[]>): RoutingTable {
  const rows = Object.entries(services).map(([name, endpoints]) => [
    name,
    { version: '1.0.0', endpoints },
  ]);
  return { epoch: 1, generation, services: Object.fromEntries(rows) };
}

function names(replicas: readonly { readonly name: string }[]): string[] {
  return replicas.map(({ name }) => name);
}
