import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { NotSold } from '../../contracts/cart.ts';
import { NotDeliverable } from '../../contracts/orders.ts';
import { add, money, subtract, sum } from '../../money.ts';
import { priceOrder } from './pricing.ts';

const offer = (sku: string, amount: number, taxClass: 'standard' | 'reduced' = 'standard') => ({
  sku,
  title: sku,
  taxClass,
  price: money(amount, 'EUR'),
  sold: true,
});
const request = {
  lines: [
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 1 },
  ],
  offers: [offer('A', 1190), offer('B', 535, 'reduced')],
  currency: 'EUR',
  country: 'DE',
} as const;

describe('pricing an order', () => {
  it('adds lines and the cheapest shipping, and tells the tax in both', () => {
    const priced = priceOrder(request);
    assert.equal(priced.subtotal.amount, 2915);
    assert.equal(priced.shipping.amount, 490);
    assert.equal(priced.total.amount, 3405);
    assert.equal(priced.tax.amount, 380 + 35 + 78);
  });

  it('takes the shipping that was chosen, and refuses what there is not', () => {
    assert.equal(priceOrder({ ...request, shippingMethod: 'express' }).shipping.amount, 1290);
    assert.throws(() => priceOrder({ ...request, shippingMethod: 'pigeon' }), NotDeliverable.is);
    assert.throws(() => priceOrder({ ...request, country: 'AQ' }), NotDeliverable.is);
  });

  it('refuses what is not sold', () => {
    const offers = [offer('A', 1190), { sku: 'B', title: 'B', sold: false }];
    assert.throws(() => priceOrder({ ...request, offers }), NotSold.is);
  });

  it('costs nothing when all lines are free', () => {
    const offers = [offer('A', 0), offer('B', 0)];
    assert.equal(priceOrder({ ...request, offers }).total.amount, 0);
  });

  it('adds up for any prices', () => {
    const prices = fc.array(fc.integer({ min: 0, max: 10_000_000 }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 99 }), (amounts, quantity) => {
        const offers = amounts.map((amount, index) => offer(`S${index}`, amount));
        const lines = offers.map(({ sku }) => ({ sku, quantity }));
        const priced = priceOrder({ ...request, lines, offers });
        const totals = priced.lines.map((line) => line.total);
        assert.deepEqual(sum(totals, 'EUR'), priced.subtotal);
        assert.deepEqual(
          add(subtract(priced.subtotal, priced.discount), priced.shipping),
          priced.total,
        );
        assert.ok(priced.tax.amount <= priced.total.amount);
      }),
    );
  });
});
