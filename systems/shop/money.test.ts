import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  AMOUNT_MAX,
  add,
  allocate,
  formatMoney,
  MoneyError,
  money,
  parseCurrency,
  subtract,
  sum,
  taxPart,
  times,
} from './money.ts';

const amounts = fc.integer({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
const eur = (amount: number) => money(amount, 'EUR');

describe('money', () => {
  it('refuses fractions, overflow and unknown currencies', () => {
    assert.throws(() => eur(1.5), MoneyError);
    assert.throws(() => eur(AMOUNT_MAX + 1), MoneyError);
    assert.throws(() => add(eur(AMOUNT_MAX), eur(1)), MoneyError);
    assert.throws(() => times(eur(AMOUNT_MAX), 2), MoneyError);
    assert.throws(() => times(eur(100), 1.5), MoneyError);
    assert.throws(() => parseCurrency('USD'), /EUR, GBP, JPY, BHD/);
    assert.throws(() => parseCurrency('__proto__'), MoneyError);
  });

  it('refuses to add two currencies', () => {
    assert.throws(() => add(eur(1), money(1, 'JPY')), /no conversion/);
  });

  it('gives back what was added', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        fc.pre(Math.abs(a + b) <= AMOUNT_MAX);
        assert.deepEqual(subtract(add(eur(a), eur(b)), eur(b)), eur(a));
      }),
    );
  });

  it('splits into parts that add up to the whole, each within one unit of its exact share', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1_000_000 }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(amounts, weights, (amount, given) => {
        const parts = allocate(eur(amount), given);
        assert.equal(sum(parts, 'EUR').amount, amount);
        const whole = given.reduce((left, right) => left + right, 0);
        for (const [index, part] of parts.entries()) {
          const weight = whole === 0 ? 1 : (given[index] ?? 0);
          const total = BigInt(whole === 0 ? given.length : whole);
          const difference = BigInt(part.amount) * total - BigInt(amount) * BigInt(weight);
          const size = difference < 0n ? -difference : difference;
          assert.ok(size < total, `part ${index} is a unit or more off`);
        }
      }),
    );
  });

  it('gives the odd cents to the largest remainders, the earlier first', () => {
    const amountsOf = (total: number, weights: number[]) =>
      allocate(eur(total), weights).map((part) => part.amount);
    assert.deepEqual(amountsOf(1000, [1, 1, 1]), [334, 333, 333]);
    assert.deepEqual(amountsOf(100, [1, 2, 4]), [14, 29, 57]);
    assert.deepEqual(amountsOf(-5, [1, 1]), [-3, -2]);
    assert.deepEqual(amountsOf(3, [0, 0]), [2, 1]);
  });

  it('rounds the tax part half up', () => {
    assert.equal(taxPart(eur(11_900), 1900).amount, 1900);
    assert.equal(taxPart(eur(3), 10_000).amount, 2, 'half of 3 is 1.5');
    assert.equal(taxPart(eur(1), 1900).amount, 0);
    assert.equal(taxPart(eur(100), 0).amount, 0);
  });

  it('finds the tax within half a unit of the exact one', () => {
    const rates = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(amounts, rates, (amount, rate) => {
        const tax = taxPart(eur(amount), rate).amount;
        const divisor = 10_000n + BigInt(rate);
        const off = 2n * (BigInt(tax) * divisor - BigInt(amount) * BigInt(rate));
        assert.ok((off < 0n ? -off : off) <= divisor);
      }),
    );
  });

  it('writes each currency with its own digits', () => {
    assert.equal(formatMoney(eur(1250)), '12.50 EUR');
    assert.equal(formatMoney(eur(-5)), '-0.05 EUR');
    assert.equal(formatMoney(money(980, 'JPY')), '980 JPY');
    assert.equal(formatMoney(money(4250, 'BHD')), '4.250 BHD');
  });
});
