import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../contracts/catalog.ts';
import { Inventory } from '../contracts/inventory.ts';
import { catalog } from '../services/catalog/service.ts';
import { startServices, type TestServices } from '../services/fixtures/test-services.ts';
import { inventory } from '../services/inventory/service.ts';
import { seedGoods } from './seed.ts';

describe('seeding the goods', () => {
  let services: TestServices;

  before(async () => {
    services = await startServices([catalog, inventory]);
    await seedGoods(services.runtime);
  });
  after(() => services.stop());

  it('fills catalog and stock, and is found by search', async () => {
    const visitor = services.as(Catalog, 'user:gst_1');
    const found = await visitor.listProducts({ q: 'lantern', limit: 3 });
    assert.ok(found.total >= 3);
    assert.equal((await visitor.listProducts({ limit: 1 })).total, 200);
    const { items } = await visitor.listCategories();
    assert.equal(items.length, 8);
    assert.equal(items[0]?.products, 25);
  });

  it('changes nothing when it runs again', async () => {
    const auditor = services.as(Inventory, 'user:acc_auditor', 'shop:audit');
    const read = async () => (await auditor.exportFacts({ limit: 500 })).items;
    const before = await read();
    await seedGoods(services.runtime);
    assert.deepEqual(await read(), before);
    const stock = before.filter((fact) => fact.kind === 'stock');
    assert.equal(stock.length, 420);
    assert.equal(stock.filter((fact) => fact.kind === 'stock' && fact.onHand === 0).length, 5);
  });
});
