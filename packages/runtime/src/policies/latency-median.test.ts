import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LatencyMedian } from './latency-median.ts';

function start() {
  let now = 0;
  const median = new LatencyMedian({ monotonic: () => now });
  const end = (latencyMs: number) => median.sample(now - latencyMs);
  const wait = (ms: number) => {
    now += ms;
    median.expire(now);
  };
  return { median, end, wait };
}

describe('the median latency of an operation', () => {
  it('is at most the true one, and less than a quarter below it', () => {
    const latencies = fc.array(fc.double({ min: 0.1, max: 50_000, noNaN: true }), {
      ...{ minLength: 32, maxLength: 320 },
    });
    fc.assert(
      fc.property(latencies, (given) => {
        const { median, end } = start();
        for (const latency of given) end(latency);
        const sorted = [...given].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
        assert(median.medianMs <= exact && median.medianMs > exact / 1.26, `${exact}`);
      }),
    );
  });

  it('has no opinion about few calls', () => {
    const { median, end } = start();
    for (let call = 0; call < 19; call++) end(100);
    assert.equal(median.medianMs, 0);
    end(100);
    assert(median.medianMs > 75);
  });

  it('forgets what was more than ten seconds ago, so that nothing is refused for ever', () => {
    const { median, end, wait } = start();
    for (let call = 0; call < 32; call++) end(100);
    wait(5_000);
    assert(median.medianMs > 75);
    wait(5_000);
    assert.equal(median.medianMs, 0);
  });

  it('looks at fewer calls the more there are', () => {
    const { median, end } = start();
    let sampled = 0;
    for (let call = 0; call < 1_000_000; call++) {
      if (--median.countdown >= 0) continue;
      sampled++;
      end(call % 2 === 0 ? 10 : 20);
    }
    assert(sampled < 5_000, `${sampled}`);
    assert(median.medianMs > 7.5);
  });
});
