import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from './clock.ts';
import { createHost } from './host.ts';
import { createIds } from './ids.ts';
import { createRandom, createSeededRandom } from './random.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Readings of a wall clock that stands, runs, leaps and goes back. */
const readings = fc.array(fc.integer({ min: 0, max: 2 ** 48 - 10_000 }), {
  minLength: 1,
  maxLength: 50,
});

function clockOf(times: readonly number[], holdFor: number): Clock {
  let read = 0;
  return {
    now: () => times[Math.min(Math.floor(read++ / holdFor), times.length - 1)] ?? 0,
    monotonic: () => 0,
  };
}

test('makes UUIDs that sort by creation and never repeat, whatever the clock does', () => {
  const holds = (times: readonly number[], holdFor: number, seed: number) => {
    const ids = createIds(clockOf(times, holdFor), createSeededRandom(seed));
    let last = '';
    for (let made = 0; made < times.length * holdFor; made++) {
      const id = ids.uuid();
      assert.match(id, UUID_V7);
      assert.ok(id > last, `${id} after ${last}`);
      last = id;
    }
  };
  fc.assert(fc.property(readings, fc.integer({ min: 1, max: 20 }), fc.integer(), holds));
});

test('runs ahead of a clock that stands rather than repeat its counter', () => {
  const ids = createIds({ now: () => 1_000, monotonic: () => 0 }, createSeededRandom(1));
  const made = Array.from({ length: 20_000 }, () => ids.uuid());
  assert.deepEqual(made, [...made].sort());
  assert.equal(new Set(made).size, made.length);
});

test('puts Unix time in milliseconds into the first 48 bits (RFC 9562 §5.7)', () => {
  const at = 0x017f22e279b0;
  const uuid = createIds({ now: () => at, monotonic: () => 0 }, createRandom()).uuid();
  assert.equal(uuid.slice(0, 13), '017f22e2-79b0');
});

test('makes prefixed ids of 26 characters, each of which takes all 32 values', () => {
  const { ids } = createHost();
  const seen = Array.from({ length: 26 }, () => new Set<string>());
  for (let made = 0; made < 2_000; made++) {
    const id = ids.prefixed('ord');
    assert.match(id, /^ord_[0-9a-hjkmnp-tv-z]{26}$/);
    for (const [at, letter] of [...id.slice(4)].entries()) seen[at]?.add(letter);
  }
  for (const letters of seen) assert.equal(letters.size, 32);
});

test('refuses prefixes that would not be read back as one', () => {
  const { ids } = createHost();
  for (const prefix of ['', 'Ord', 'or_d', '1a', 'a'.repeat(17), 'ö']) {
    assert.throws(() => ids.prefixed(prefix), RangeError, prefix);
  }
});
