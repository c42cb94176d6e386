import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type Addition, addTo, type Line, mergeLines, subtractOrder } from './lines.ts';

const line = (sku: string, quantity: number, since = 1): Line => ({
  sku,
  quantity,
  title: sku,
  price_seen: 100,
  since_version: since,
});
const addition = (sku: string, quantity: number): Addition => {
  const { since_version: _since, ...rest } = line(sku, quantity);
  return rest;
};
const numbered = (count: number) => Array.from({ length: count }, (_, at) => line(`SKU-${at}`, 1));

describe('the lines of a cart', () => {
  it('are one per SKU', () => {
    const lines = addTo([line('A', 2)], { ...addition('A', 3), price_seen: 90 }, 7);
    assert.deepEqual(lines, [{ ...line('A', 5), price_seen: 90 }]);
  });

  it('hold 99 pieces each and are 100 at most', () => {
    assert.equal(addTo([line('A', 98)], addition('A', 1), 1)?.[0]?.quantity, 99);
    assert.equal(addTo([line('A', 98)], addition('A', 2), 1), undefined);
    assert.equal(addTo(numbered(99), addition('A', 1), 1)?.length, 100);
    assert.equal(addTo(numbered(100), addition('A', 1), 1), undefined);
    assert.equal(addTo(numbered(100), addition('SKU-7', 1), 1)?.length, 100);
  });

  it('sum up to the limits when a guest’s come in', () => {
    const merged = mergeLines([line('A', 60)], [addition('A', 60), addition('B', 2)], 4);
    assert.deepEqual(merged, [line('A', 99), line('B', 2, 4)]);
    assert.equal(mergeLines(numbered(100), [addition('Z', 1)], 4).length, 100);
    assert.deepEqual(mergeLines([line('A', 99)], [addition('A', 1)], 4), [line('A', 99)]);
  });

  it('lose what was ordered and keep what came later', () => {
    const ordered = [
      { sku: 'A', quantity: 2 },
      { sku: 'B', quantity: 1 },
    ];
    assert.deepEqual(subtractOrder([line('A', 2), line('B', 1)], ordered, 5), []);
    const later = [line('A', 5), line('B', 1, 6), line('C', 3, 6)];
    assert.deepEqual(subtractOrder(later, ordered, 5), [
      line('A', 3),
      line('B', 1, 6),
      line('C', 3, 6),
    ]);
    assert.deepEqual(subtractOrder([line('A', 1)], ordered, 5), []);
  });

  it('never break the limits, and lose no piece to a merge but for them', () => {
    const skus = fc.constantFrom('A', 'B', 'C', 'D');
    const additions = fc.array(fc.tuple(skus, fc.integer({ min: 1, max: 99 })), { maxLength: 20 });
    fc.assert(
      fc.property(additions, additions, (mine, guests) => {
        const start = mergeLines(
          [],
          mine.map(([sku, quantity]) => addition(sku, quantity)),
          1,
        );
        const merged = mergeLines(
          start,
          guests.map(([sku, quantity]) => addition(sku, quantity)),
          2,
        );
        const sums = new Map<string, number>();
        for (const [sku, quantity] of [...mine, ...guests]) {
          sums.set(sku, Math.min(99, (sums.get(sku) ?? 0) + quantity));
        }
        const held = merged.map((each): [string, number] => [each.sku, each.quantity]);
        assert.deepEqual(held.sort(), [...sums].sort());
      }),
    );
  });
});
