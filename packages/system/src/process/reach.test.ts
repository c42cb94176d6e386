import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, operation } from '@portico/contract';
import { createSimulatedHost } from '@portico/host';
import type { RemoteServices } from '@portico/runtime';
import { service } from '@portico/service';
import { createReach } from './reach.ts';

const apiOf = (name: string) =>
  api(name, {
    version: '1.0.0',
    summary: name,
    operations: { ask: operation({ summary: 'Answers.', effect: 'safe' }) },
  });
const Stock = apiOf('stock');
const Cart = apiOf('cart');
const operations = { ask: async () => undefined };
const stock = service(Stock)({ operations });
const cart = service(Cart)({ operations });
const orders = service(apiOf('orders'))({ uses: { stock: Stock, cart: Cart }, operations });

/** A process with orders and its cart; `services` is what its table names. */
function createScene() {
  const host = createSimulatedHost({ seed: 1 });
  let services: Record<string, { version: string; endpoints: [] }> = {};
  const connected = Promise.withResolvers<boolean>();
  const remote = {
    get table() {
      return { epoch: 1, generation: 1, services };
    },
    connected: () => connected.promise,
  } as unknown as RemoteServices;
  const here = new Set(['orders', 'cart']);
  const reach = createReach({ services: [stock, cart, orders] }, here, { host, remote });
  let isReached = false;
  void reach.reached.then(() => {
    isReached = true;
  });
  return {
    host,
    connect: () => connected.resolve(true),
    async look(...names: readonly string[]) {
      const named = names.map((name) => [name, { version: '1.0.0', endpoints: [] }] as const);
      services = Object.fromEntries(named) as typeof services;
      reach.look();
      await host.advance(0);
      return isReached;
    },
    isReached: () => isReached,
  };
}

describe('what a process can reach', () => {
  it('is all that its services call elsewhere, once it is named and connected', async () => {
    const { look, connect, host, isReached } = createScene();
    assert.equal(await look('orders'), false);
    assert.equal(await look('orders', 'stock'), false);
    connect();
    await host.advance(0);
    assert.equal(isReached(), true);
  });

  it('is waited for no longer than ten seconds from the first table on', async () => {
    const { look, host, isReached } = createScene();
    await host.advance(60_000);
    assert.equal(isReached(), false);
    assert.equal(await look('orders'), false);
    await host.advance(9_999);
    assert.equal(isReached(), false);
    await host.advance(1);
    assert.equal(isReached(), true);
  });
});
