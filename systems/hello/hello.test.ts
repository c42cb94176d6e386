import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestSystem, type TestSystem } from '@portico/testing';
import { Counter, OutOfStock, Stock } from './contracts.ts';
import hello from './system.ts';

describe('hello', () => {
  let running: TestSystem;
  before(async () => {
    running = await startTestSystem(hello);
  });
  after(() => running.stop());

  const ada = {
    subject: 'user:ada',
    permissions: new Set(['stock:write', 'counter:buy']),
    via: 'test',
  };

  it('sells what has come in, and not more', async () => {
    const stock = running.runtime.client(Stock, { caller: ada });
    const counter = running.runtime.client(Counter, { caller: ada });
    await stock.receive({ sku: 'HOSE-15', quantity: 3 }, { key: 'receipt-1' });
    assert.deepEqual(await counter.buy({ sku: 'HOSE-15', quantity: 2 }, { key: 'first' }), {
      number: 1,
      left: 1,
    });
    await assert.rejects(
      () => counter.buy({ sku: 'HOSE-15', quantity: 2 }, { key: 'second' }),
      (problem) => OutOfStock.is(problem) && problem.details.data.available === 1,
    );
  });

  it('does a purchase that is sent twice once', async () => {
    const counter = running.runtime.client(Counter, { caller: ada });
    const first = await counter.buy({ sku: 'HOSE-15', quantity: 1 }, { key: 'third' });
    assert.deepEqual(await counter.buy({ sku: 'HOSE-15', quantity: 1 }, { key: 'third' }), first);
  });

  it('answers over HTTP what it answers inside', async () => {
    const response = await fetch(`${running.origins.public}/stock/v1/levels/HOSE-15`);
    assert.deepEqual(await response.json(), { sku: 'HOSE-15', available: 0 });
  });
});
