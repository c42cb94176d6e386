import type { Clock } from '@portico/host';
import type { ScaledReplica } from './load-sample.ts';

/** Whether replicas that were started were of any use. */
export interface Efficacy {
  /** No start for load's sake: the last ones helped nothing. */
  readonly paused: boolean;
  /** Replicas are being started because of load. */
  started(replicas: readonly ScaledReplica[], count: number): void;
  /** @returns how many of them are to be taken back. Asked each second. */
  judge(replicas: readonly ScaledReplica[]): number;
}

/** Start, warm up and ten seconds at work. */
const JUDGED_AFTER_MS = 30_000;
/** The bottleneck is elsewhere, and takes a while to go away. */
const PAUSE_MS = 300_000;
const BETTER = 0.05;
/** Below it nobody waited, and there is nothing that could have become better. */
const WAIT_MIN_MS = 5;

/**
 * Judges each start after 30 s: if calls waited and now neither fewer wait nor more are answered, by 5 %,
 * the replicas are taken back and nothing is started for 5 min. A start before calls waited is not judged.
 */
export function createEfficacy(clock: Clock): Efficacy {
  let trial: { at: number; count: number; throughput: number; waitMs: number } | undefined;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return {
    get paused() {
      return clock.monotonic() < pausedUntil;
    },
    started(replicas, count) {
      const figures = figuresOf(replicas);
      if (figures.waitMs < WAIT_MIN_MS && !trial) return;
      // Starts in a row are one trial, which lasts until 30 s after the last of them.
      trial = { ...(trial ?? figures), at: clock.monotonic(), count: (trial?.count ?? 0) + count };
    },
    judge(replicas) {
      const now = clock.monotonic();
      if (!trial || now - trial.at < JUDGED_AFTER_MS) return 0;
      const { count, throughput, waitMs } = trial;
      trial = undefined;
      const after = figuresOf(replicas);
      if (after.throughput >= throughput * (1 + BETTER)) return 0;
      if (after.waitMs <= waitMs * (1 - BETTER)) return 0;
      pausedUntil = now + PAUSE_MS;
      return count;
    },
  };
}

/** Answered per second by all, and the mean wait of those who know it. */
function figuresOf(replicas: readonly ScaledReplica[]): { throughput: number; waitMs: number } {
  const loads = replicas.flatMap(({ ready, load }) => (ready && load ? [load] : []));
  const throughput = loads.reduce((sum, load) => sum + load.throughput, 0);
  const waits = loads.reduce((sum, load) => sum + load.queueWaitMs, 0);
  return { throughput, waitMs: loads.length === 0 ? 0 : waits / loads.length };
}
