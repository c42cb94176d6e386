/** What one replica says of its load, once a second. */
export interface LoadSample {
  /** Calls in handlers and in queues, platform traffic and waiting operations apart. */
  readonly inFlight: number;
  /** How many the replica takes at once at present. */
  readonly limit: number;
  /** Of the event loop, 0 to 1. */
  readonly utilisation: number;
  /** 95th percentile of the last second. */
  readonly queueWaitMs: number;
  /** Answered per second. */
  readonly throughput: number;
}

/** A replica as the autoscaler sees it. */
export interface ScaledReplica {
  readonly ready: boolean;
  readonly ageMs: number;
  /** Absent until its first report. */
  readonly load?: LoadSample;
}

/** Half of a limit may be in use for a moment; at 0.6 on average, one replica more is needed. */
const LIMIT_TARGET = 0.6;
/** Above it, waiting times of one event loop rise steeply. */
const UTILISATION_TARGET = 0.65;
/** Eight times what the concurrency limit takes as a full queue. */
const WAIT_TARGET_MS = 40;
/** A wait says that there is too little, hardly how much: one long queue must not ask for the machine. */
const WAIT_RATIO_MAX = 2;

/** How many replicas' worth of work one replica has: 1 is just right. */
export function ratioOf({ inFlight, limit, utilisation, queueWaitMs }: LoadSample): number {
  const full = inFlight / Math.max(1, limit) / LIMIT_TARGET;
  const busy = utilisation / UTILISATION_TARGET;
  const waiting = Math.min(WAIT_RATIO_MAX, queueWaitMs / WAIT_TARGET_MS);
  return Math.max(full, busy, waiting);
}

/** Caches fill and compilers warm up: what a replica says in its first seconds is not typical. */
const YOUNG_MS = 10_000;

/**
 * The work of a group in replicas. What young replicas and those that are not ready say counts as
 * nothing when the group may grow (they are help under way), and as all of it when it may shrink.
 */
export function demandOf(replicas: readonly ScaledReplica[]): { up: number; down: number } {
  let up = 0;
  let down = 0;
  for (const { ready, ageMs, load } of replicas) {
    const isKnown = ready && ageMs >= YOUNG_MS && load !== undefined;
    const ratio = isKnown ? ratioOf(load) : undefined;
    up += ratio ?? 0;
    down += ratio ?? 1;
  }
  return { up, down };
}
