import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spread } from './spread.ts';

const at = (float: number) => ({ float: () => float, bytes: () => new Uint8Array() });

test('keeps a delay within a fifth of what it is', () => {
  assert.deepEqual([spread(1_000, at(0)), spread(1_000, at(0.5))], [800, 1_000]);
  assert.equal(spread(600_000, at(0.999_999_9)), 720_000);
  assert.equal(spread(undefined, at(0.5)), undefined);
});
