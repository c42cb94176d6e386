import type { Host } from '@portico/host';

/** How a group stands after its unwanted ends. */
export type RestartState = 'steady' | 'backoff' | 'failed';

/** When the replicas of one group that ended unasked are started again. */
export interface RestartPolicy {
  readonly state: RestartState;
  /** A replica has ended unasked. @returns how long to wait before the next start, in ms; often 0. */
  exited(): number;
  /** Whether all replicas of the group are ready: told whenever it is known, for what it forgives. */
  observe(isHealthy: boolean): void;
}

/** Ends within this time count together: an accident is one, a crash loop is many. */
const WINDOW_MS = 30_000;
const EXITS_MAX = 5;
const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** A group that was well for so long starts from the beginning. */
const HEALTHY_MS = 60_000;
/** From here on somebody has to look; tries go on all the same, because the cause may pass. */
const FAILED_AFTER_MS = 600_000;

/**
 * One for one, never its siblings: at once, until 5 have ended within 30 s; then after 1 s, doubled up to
 * 60 s, of which one half is random, so that groups that failed together do not return together. Failed
 * after 10 min of that, with a try each 60 s.
 */
export function createRestartPolicy({
  clock,
  random,
}: Pick<Host, 'clock' | 'random'>): RestartPolicy {
  let exits: number[] = [];
  let backoffMs = 0;
  let backoffSince: number | undefined;
  let healthySince: number | undefined;

  const forgive = (now: number) => {
    if (healthySince === undefined || now - healthySince < HEALTHY_MS) return;
    exits = exits.filter((at) => now - at < WINDOW_MS);
    backoffMs = 0;
    backoffSince = undefined;
  };
  const hasFailed = (now: number) =>
    backoffSince !== undefined && now - backoffSince >= FAILED_AFTER_MS;
  return {
    get state() {
      const now = clock.monotonic();
      forgive(now);
      if (hasFailed(now)) return 'failed';
      return backoffSince === undefined ? 'steady' : 'backoff';
    },
    exited() {
      const now = clock.monotonic();
      forgive(now);
      healthySince = undefined;
      exits = [...exits.filter((at) => now - at < WINDOW_MS), now].slice(-EXITS_MAX);
      if (backoffSince === undefined && exits.length < EXITS_MAX) return 0;
      backoffSince ??= now;
      if (hasFailed(now)) return BACKOFF_MAX_MS;
      backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs === 0 ? BACKOFF_MIN_MS : 2 * backoffMs);
      return backoffMs / 2 + (random.float() * backoffMs) / 2;
    },
    observe(isHealthy) {
      const now = clock.monotonic();
      if (!isHealthy) {
        forgive(now);
        healthySince = undefined;
      } else healthySince ??= now;
    },
  };
}
