import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSimulatedHost } from '@portico/host';
import type { ReplicaState } from '@portico/service/spi';
import type { DialledReplica } from './peers.ts';
import { createRemoteServices } from './remote-services.ts';

describe('remote services', () => {
  it('are connected when all that is sure is, and of static places one', async () => {
    const { remote, states } = createFixture();
    const isConnected = () => remote.connected(0);
    assert.equal(await isConnected(), false);
    states.set('stock-a-0', 'ready');
    assert.equal(await isConnected(), false);
    states.set('cart-b-1', 'ready');
    assert.equal(await isConnected(), true);
    states.delete('stock-a-0');
    assert.equal(await isConnected(), false);
  });

  it('name who is there: nobody at static places where none has answered', () => {
    const { remote, states } = createFixture();
    const present = () =>
      ['cart', 'stock'].map((name) => remote.presentOf(name).map((one) => one.name));
    assert.deepEqual(present(), [[], ['stock-a-0']]);
    states.set('cart-b-1', 'ready');
    assert.deepEqual(present(), [['cart-b-1'], ['stock-a-0']]);
    assert.equal(remote.replicasOf('cart').length, 2);
  });
});

/** One service on this machine, and places of another one elsewhere. */
function createFixture() {
  const states = new Map<string, ReplicaState>();
  const dial = ({ replica: name }: { readonly replica: string }): DialledReplica => ({
    name,
    get state() {
      return states.get(name) ?? 'connecting';
    },
    ...{ suspect: false, load: 0, inFlight: 0, serves: () => true, leave() {} },
    call: () => assert.fail('nobody is called'),
  });
  const host = createSimulatedHost({ seed: 1 });
  const remote = createRemoteServices({ host, self: 'edge-a-0', dial, wants: () => true });
  const at = (replica: string) => ({ replica, address: `/${replica}`, state: 'ready' as const });
  const elsewhere = ['cart-b-0', 'cart-b-1'].map((name) => ({ ...at(name), static: true }));
  remote.apply({
    ...{ epoch: 1, generation: 1 },
    services: {
      cart: { version: '1.0.0', endpoints: elsewhere },
      stock: { version: '1.0.0', endpoints: [at('stock-a-0')] },
    },
  });
  return { remote, states };
}
