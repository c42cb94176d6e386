import type { Clock } from '@portico/host';
import type { Lease } from '@portico/store/spi';
import { isOtherRun } from './lease-holder.ts';

/** A lease as it stands, of somebody else. */
export interface WatchedLease extends Lease {
  readonly name: string;
}

/** Sees when leases of others are over, without asking anybody's wall clock. */
export interface LeaseWatch {
  /**
   * Which of the leases that others hold are over: those that have stood still for as long as a lease lasts,
   * counted by the monotonic clock from when this process first saw them so; and, as long as nobody takes
   * them over, those that the first look finds left behind by an earlier run of this replica. Only the
   * first, so that two runs at once, which nobody should start, do not take leases from each other for ever.
   * Leases that are not among those given are forgotten.
   */
  look<L extends WatchedLease>(others: readonly L[]): readonly L[];
}

/** Who watches, and by which clock. */
export interface LeaseWatchOptions {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly holder: string;
}

/** A watch over leases that last `leaseMs`. */
export function createLeaseWatch({ clock, leaseMs, holder }: LeaseWatchOptions): LeaseWatch {
  let seen = new Map<string, { readonly state: string; readonly since: number }>();
  let hasLooked = false;
  return {
    look(others) {
      const now = clock.monotonic();
      const last = seen;
      seen = new Map();
      const over = others.filter((lease) => {
        const { name, fence, until } = lease;
        const state = `${fence}:${until}`;
        const known = last.get(name);
        const isLeft = !hasLooked && isOtherRun(lease.holder, holder);
        const since = isLeft ? Number.NEGATIVE_INFINITY : now;
        const sight = known?.state === state ? known : { state, since };
        seen.set(name, sight);
        return now - sight.since >= leaseMs;
      });
      hasLooked = true;
      return over;
    },
  };
}
