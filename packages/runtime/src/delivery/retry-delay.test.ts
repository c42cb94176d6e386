import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from './retry-delay.ts';

const at = (float: number) => ({ float: () => float, bytes: () => new Uint8Array() });

test('waits 1, 5, 25, 120 and 600 s, within a fifth of it, and then no more', () => {
  const delays = (float: number) => [1, 2, 3, 4, 5, 6].map((n) => retryDelayMs(n, at(float)));
  assert.deepEqual(delays(0.5), [1_000, 5_000, 25_000, 120_000, 600_000, undefined]);
  assert.deepEqual(delays(0), [800, 4_000, 20_000, 96_000, 480_000, undefined]);
  assert.deepEqual(delays(0.999_999_9), [1_200, 6_000, 30_000, 144_000, 720_000, undefined]);
});
