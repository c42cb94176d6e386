import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type PricePlan, type PriceRequest, planPrice, priceAt } from './price-plan.ts';

type Interval = Extract<PricePlan, { kind: 'same' }>['price'];
const price = (valid_from: number, valid_until: number | null, amount: number): Interval => ({
  valid_from,
  valid_until,
  amount,
});

function applied(prices: readonly Interval[], plan: PricePlan): Interval[] {
  if (plan.kind !== 'put') return [...prices];
  const replaced = [plan.price, plan.closed].map((each) => each?.valid_from);
  const rest = prices.filter((each) => !replaced.includes(each.valid_from));
  return [...rest, plan.price, ...(plan.closed ? [plan.closed] : [])].toSorted(
    (a, b) => a.valid_from - b.valid_from,
  );
}

describe('prices of one SKU in one currency', () => {
  it('end the open-ended one before them', () => {
    const plan = planPrice([price(0, null, 100)], { amount: 90, from: 50 }, 10);
    assert.deepEqual(plan, { kind: 'put', price: price(50, null, 90), closed: price(0, 50, 100) });
  });

  it('begin now when nothing else is said, and stand already when asked again', () => {
    const first = planPrice([], { amount: 100 }, 10);
    assert.deepEqual(first, { kind: 'put', price: price(10, null, 100) });
    assert.equal(planPrice([price(10, null, 100)], { amount: 100 }, 99).kind, 'same');
    assert.equal(planPrice([price(10, null, 100)], { amount: 100, from: 10 }, 99).kind, 'same');
  });

  it('refuse to cross one that has an end, or one that comes later', () => {
    const existing = [price(0, 100, 10), price(200, null, 20)];
    assert.deepEqual(planPrice(existing, { amount: 5, from: 50, until: 60 }, 0), {
      kind: 'overlap',
      existing: existing[0],
    });
    assert.deepEqual(planPrice(existing, { amount: 5, from: 150 }, 0), {
      kind: 'overlap',
      existing: existing[1],
    });
    assert.equal(planPrice(existing, { amount: 5, from: 100, until: 200 }, 0).kind, 'put');
  });

  it('keep what has begun as it was, apart from its end', () => {
    const begun = [price(0, null, 10)];
    assert.equal(planPrice(begun, { amount: 9, from: 0 }, 50).kind, 'invalid');
    assert.equal(planPrice(begun, { amount: 9, from: 20 }, 50).kind, 'invalid');
    assert.equal(planPrice(begun, { amount: 10, from: 0, until: 40 }, 50).kind, 'invalid');
    assert.deepEqual(planPrice(begun, { amount: 10, from: 0, until: 60 }, 50), {
      kind: 'put',
      price: price(0, 60, 10),
    });
  });

  it('stay ended once they have', () => {
    const ended = [price(0, 40, 10)];
    assert.equal(planPrice(ended, { amount: 10, from: 0 }, 50).kind, 'invalid');
    assert.equal(planPrice(ended, { amount: 10, from: 0, until: 60 }, 50).kind, 'invalid');
    assert.equal(planPrice(ended, { amount: 10, from: 0, until: 60 }, 40).kind, 'put');
  });

  it('that are still to come can be replaced', () => {
    const planned = [price(100, null, 10)];
    const plan = planPrice(planned, { amount: 8, from: 100, until: 150 }, 50);
    assert.deepEqual(plan, { kind: 'put', price: price(100, 150, 8) });
  });

  it('are never two at one moment, and history never changes, whatever is asked', () => {
    const request = fc.record({
      amount: fc.integer({ min: 0, max: 3 }),
      from: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
      until: fc.option(fc.integer({ min: 0, max: 80 }), { nil: undefined }),
      wait: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 25 }), (requests) => {
        let prices: Interval[] = [];
        let now = 0;
        for (const { wait, ...asked } of requests as (PriceRequest & { wait: number })[]) {
          now += wait;
          const before = prices;
          const plan = planPrice(prices, asked, now);
          prices = applied(prices, plan);
          for (let at = 0; at < 90; at++) {
            const valid = prices.filter(
              (each) =>
                each.valid_from <= at && (each.valid_until === null || at < each.valid_until),
            );
            assert.ok(valid.length <= 1, `${valid.length} prices at ${at}`);
            if (at < now) assert.equal(priceAt(prices, at)?.amount, priceAt(before, at)?.amount);
          }
          if (plan.kind === 'put' || plan.kind === 'same') {
            assert.equal(priceAt(prices, plan.price.valid_from)?.amount, asked.amount);
            assert.equal(planPrice(prices, asked, now).kind, 'same', 'the same call twice is one');
          }
        }
      }),
    );
  });
});
