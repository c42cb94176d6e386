import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '../money.ts';
import { createCatalogue, DEPARTMENTS } from './catalogue.ts';
import { createStock } from './stock.ts';

describe('the seeded catalogue', () => {
  const products = createCatalogue();
  const variants = products.flatMap((product) => product.variants);

  it('has 200 products with 420 SKUs in 8 departments, each named once', () => {
    assert.equal(products.length, 200);
    assert.equal(variants.length, 420);
    assert.equal(DEPARTMENTS.length, 8);
    assert.equal(new Set(products.map((product) => product.slug)).size, 200);
    assert.equal(new Set(variants.map((variant) => variant.sku)).size, 420);
  });

  it('has exact prices: euros for all, pounds, yen and dinars for some', () => {
    for (const variant of variants) {
      assert.equal(variant.prices[0]?.currency, 'EUR');
      for (const { amount, currency } of variant.prices) money(amount, currency);
    }
    const currencies = variants.flatMap((variant) => variant.prices.map((price) => price.currency));
    for (const currency of ['GBP', 'JPY', 'BHD'] as const) {
      const share = currencies.filter((each) => each === currency).length / variants.length;
      assert.ok(share > 0.05 && share < 0.6, `${currency}: ${share}`);
    }
  });

  it('has two tax classes and a description for each product', () => {
    assert.deepEqual(new Set(products.map((product) => product.taxClass)).size, 2);
    for (const product of products) assert.ok(product.description.length > 60, product.slug);
  });

  it('is the same each time', () => {
    assert.deepEqual(createCatalogue(), products);
  });
});

describe('the seeded stock', () => {
  it('has ten single pieces, five sold out, and 20 to 200 of all others', () => {
    const skus = createCatalogue().flatMap((product) => product.variants.map(({ sku }) => sku));
    const pieces = [...createStock(skus).values()];
    assert.equal(pieces.length, 420);
    assert.equal(pieces.filter((count) => count === 0).length, 5);
    assert.equal(pieces.filter((count) => count === 1).length, 10);
    assert.equal(pieces.filter((count) => count >= 20 && count <= 200).length, 405);
  });
});
