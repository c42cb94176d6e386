import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom, createSeededRandom } from './random.ts';

const draw = (seed: number) => {
  const random = createSeededRandom(seed);
  return Array.from({ length: 8 }, () => random.float());
};

test('repeats itself for equal seeds and differs for others', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (seed) => assert.deepEqual(draw(seed), draw(seed))));
  const different = new Set([0, 1, 2, -1, 2 ** 32, 2 ** 33, 2 ** 53 - 1].map((s) => `${draw(s)}`));
  assert.equal(different.size, 7);
});

test('draws uniformly from [0, 1), seeded or not', () => {
  for (const random of [createSeededRandom(42), createRandom()]) {
    const buckets = new Array<number>(10).fill(0);
    for (let drawn = 0; drawn < 20_000; drawn++) {
      const value = random.float();
      assert.ok(value >= 0 && value < 1);
      const bucket = Math.floor(value * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 2,000 expected, standard deviation 42: seven of them are never seen by chance.
    for (const count of buckets) assert.ok(Math.abs(count - 2_000) < 300, `${buckets}`);
  }
});

test('gives exactly the bytes asked for, never the same ones twice', () => {
  for (const random of [createSeededRandom(42), createRandom()]) {
    for (const size of [0, 1, 3, 16, 64, 65, 5_000]) assert.equal(random.bytes(size).length, size);
    const seen = new Set<string>();
    for (let drawn = 0; drawn < 3_000; drawn++)
      seen.add(Buffer.from(random.bytes(16)).toString('hex'));
    assert.equal(seen.size, 3_000);
  }
});

test('leaves what it has handed out untouched', () => {
  const random = createRandom();
  const first = random.bytes(32);
  const copy = Uint8Array.from(first);
  for (let drawn = 0; drawn < 500; drawn++) random.bytes(32);
  assert.deepEqual(first, copy);
});
