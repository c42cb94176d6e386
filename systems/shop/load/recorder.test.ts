import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecorder } from './recorder.ts';
import { formatLoad, isFailure } from './report.ts';

describe('the record of a load', () => {
  it('gives latencies that were measured, by the nearest rank', () => {
    const recorder = createRecorder();
    for (let ms = 1; ms <= 200; ms += 1) recorder.action('browse', ms, ms % 2 === 0);
    recorder.action('checkout', 1_000, false);
    const { rows, all, soap } = recorder.summary();
    assert.deepEqual(rows[0], {
      kind: 'browse',
      count: 200,
      p50: 100,
      p95: 190,
      p99: 198,
      max: 200,
    });
    assert.deepEqual(rows[1], {
      kind: 'checkout',
      count: 1,
      p50: 1_000,
      p95: 1_000,
      p99: 1_000,
      max: 1_000,
    });
    assert.equal(all.count, 201);
    assert.equal(soap, 100);
  });

  it('counts what went wrong by operation, status and code', () => {
    const recorder = createRecorder();
    recorder.problem('orders.placeOrder', 409, 'OutOfStock');
    recorder.problem('orders.placeOrder', 409, 'OutOfStock');
    recorder.problem('orders.placeOrder', 503, 'overloaded');
    const { problems } = recorder.summary();
    assert.deepEqual(
      problems.map(({ code, count }) => [code, count]),
      [
        ['OutOfStock', 2],
        ['overloaded', 1],
      ],
    );
  });

  it('calls refusals and cut connections no failures, and what the shop owes an answer one', () => {
    assert.ok(!isFailure({ status: 409, code: 'OutOfStock' }));
    assert.ok(!isFailure({ status: 0, code: 'cut off by the client' }));
    assert.ok(isFailure({ status: 503, code: 'overloaded' }));
    assert.ok(isFailure({ status: 0, code: 'ECONNRESET' }));
  });

  it('shows an empty load without dividing by nothing', () => {
    const result = {
      ...createRecorder().summary(),
      ...{ answers: 0, orders: 0, turnedAway: 2, tookMs: 10 },
    };
    const text = formatLoad(result, { rate: 1, forMs: 1_000, seed: 1, origin: 'http://127.0.0.1' });
    assert.match(text, /0\.0 actions\/s/);
    assert.match(text, /2 visitors were too many/);
    assert.doesNotMatch(text, /NaN/);
  });
});
