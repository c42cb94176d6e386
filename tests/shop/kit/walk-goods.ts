import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Catalog } from '../../../systems/shop/contracts/catalog.ts';
import { Inventory } from '../../../systems/shop/contracts/inventory.ts';
import type { TestShop } from './shop.ts';
import type { Via } from './transport.ts';

/** Every operation of catalog: from a draft to a product that is sold, and to its end. Gives its SKU. */
export async function walkCatalog(shop: TestShop, via: Via): Promise<string> {
  const staff = await shop.calls(Catalog, { via, as: shop.consumers.staff });
  const anybody = await shop.calls(Catalog, { via });
  const categoryId = `walk-${via.toLowerCase()}`;
  await staff.putCategory({ categoryId, title: `Walk ${via}`, position: 1 });
  const create = async (name: string) => {
    const productId = `prd_${randomBytes(13).toString('hex')}`;
    const sku = `${name}-${via}`;
    await staff.putProduct({
      productId,
      ...describe(sku, categoryId),
      variants: [{ sku, title: 'one', attributes: [] }],
    });
    await staff.putPrice({ sku, currency: 'EUR', amount: 1000 });
    const { version } = await staff.getProduct({ productId });
    const published = await staff.publishProduct({ productId, version });
    assert.equal(published.state, 'published');
    return { productId, sku, version: published.version };
  };
  const stays = await create('WALK');
  const goes = await create('WALK-AWAY');
  await staff.retireProduct({ productId: goes.productId, version: goes.version });
  const { results } = await staff.importProducts({
    rows: [
      {
        ...describe(`WALK-IN-${via}`, categoryId),
        variants: [{ sku: `WALK-IN-${via}`, title: 'one', attributes: [], prices: [] }],
      },
    ],
  });
  assert.equal(results[0]?.outcome, 'created', results[0]?.problem);
  const found = await anybody.listProducts({ category: categoryId, facets: ['colour:brass'] });
  assert.deepEqual(
    found.items.map((item) => item.productId),
    [stays.productId],
  );
  const product = await anybody.getProduct({ productId: stays.sku.toLowerCase() });
  assert.deepEqual(product.variants[0]?.prices, [{ amount: 1000, currency: 'EUR' }]);
  const categories = await anybody.listCategories();
  assert.ok(categories.items.some((item) => item.categoryId === categoryId));
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
  return stays.sku;
}

/** Every operation of inventory; leaves 50 pieces of `sku`. */
export async function walkInventory(shop: TestShop, via: Via, sku: string): Promise<void> {
  const staff = await shop.calls(Inventory, { via, as: shop.consumers.staff });
  const anybody = await shop.calls(Inventory, { via });
  await staff.receive({ lines: [{ sku, quantity: 51 }], reference: 'delivery note 1' });
  const count = await staff.adjust({ sku, difference: -1, reason: 'damage' });
  assert.deepEqual(count, { sku, onHand: 50, reserved: 0, available: 50 });
  const movements = await staff.listMovements({ sku });
  assert.deepEqual(
    movements.items.map((item) => item.quantity),
    [-1, 51],
  );
  assert.equal((await anybody.getStock({ sku })).available, 20);
  assert.equal((await anybody.getStocks({ skus: [sku, 'NOBODY-1'] })).items.length, 1);
  assert.ok((await staff.exportFacts({ limit: 1 })).items.length > 0);
}

function describe(sku: string, categoryId: string) {
  return {
    slug: sku.toLowerCase(),
    title: `Walker ${sku}`,
    description: 'Something <to> walk & with.',
    categories: [categoryId],
    taxClass: 'standard' as const,
    attributes: [{ name: 'colour', value: 'brass' }],
    images: [{ path: '/pictures/walk.svg', alt: 'A walker' }],
  };
}
