import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';

/** Slows those down who guess credentials. */
export interface Throttle {
  /** @throws {Failure} `OVERLOADED` (`rate-limited`) for a network with too many failures. */
  check(network: () => string): void;
  fail(network: string): void;
}

/** Enough for a person who mistypes and for a client with a stale key, too few to guess. */
const FAILURES_MAX = 20;
const WINDOW_MS = 60_000;
/** Beyond this, the oldest networks are forgotten: memory stays bounded under a distributed attack. */
const NETWORKS_MAX = 10_000;

interface Window {
  readonly since: number;
  failures: number;
}

/** Counts failed credentials per network (see `toNetwork`): from the 20th within a minute on, 429. */
export function createThrottle(clock: Clock): Throttle {
  const windows = new Map<string, Window>();
  return {
    check(network) {
      // Without failures there is nothing to compute on the hot path.
      if (windows.size === 0) return;
      const name = network();
      const window = windows.get(name);
      if (!window) return;
      const left = window.since + WINDOW_MS - clock.monotonic();
      if (left <= 0) windows.delete(name);
      else if (window.failures >= FAILURES_MAX) throw tooManyFailures(left);
    },
    fail(name) {
      const now = clock.monotonic();
      const window = windows.get(name);
      if (window && now - window.since < WINDOW_MS) {
        window.failures++;
        return;
      }
      windows.delete(name);
      windows.set(name, { since: now, failures: 1 });
      if (windows.size > NETWORKS_MAX) forgetOldest(windows);
    },
  };
}

function forgetOldest(windows: Map<string, Window>): void {
  for (const name of windows.keys()) {
    windows.delete(name);
    return;
  }
}

function tooManyFailures(retryAfterMs: number): Failure {
  const message = 'Too many failed credentials from this address.';
  return new Failure('OVERLOADED', 'rate-limited', message, {
    retryAfterMs,
    reason: 'rate-limited',
  });
}
