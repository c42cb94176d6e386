import type { Clock } from '@portico/host';

/** Notices processes whose event loop has stopped. */
export interface Watchdog {
  /** This replica has been heard of. */
  heard(replica: string): void;
  /** It has ended, or shall not be watched any more. */
  forget(replica: string): void;
  /** To be called each second. @returns those that have been silent for too long. */
  silent(): readonly string[];
}

/** An event loop that did not turn for so long serves nobody, and will not recover soon. */
const SILENCE_MAX_MS = 5_000;
/** A watcher that was itself not looking for so long knows nothing about the others. */
const OWN_PAUSE_MAX_MS = 2_500;

/**
 * A watchdog over replicas that report each second. One is watched from its first word on: before, loading
 * its modules may take longer, and the deadline of a start applies. When the supervisor itself, or the
 * whole machine, stood still, all get the full time again.
 */
export function createWatchdog(clock: Clock): Watchdog {
  const lastHeard = new Map<string, number>();
  let lastLook = clock.monotonic();
  return {
    heard: (replica) => void lastHeard.set(replica, clock.monotonic()),
    forget: (replica) => void lastHeard.delete(replica),
    silent() {
      const now = clock.monotonic();
      const paused = now - lastLook > OWN_PAUSE_MAX_MS;
      lastLook = now;
      if (paused) for (const replica of lastHeard.keys()) lastHeard.set(replica, now);
      return [...lastHeard]
        .filter(([, at]) => now - at >= SILENCE_MAX_MS)
        .map(([replica]) => replica);
    },
  };
}
