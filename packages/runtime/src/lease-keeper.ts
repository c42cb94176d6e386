import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Lease, OpenStore, OwnLease, StoreTransaction } from '@portico/store/spi';
import { createLeaseWatch } from './lease-watch.ts';
import type { Timings } from './timings.ts';

/** What keeping a lease may wait for the store. */
const KEEP_MS = 10_000;
/**
 * A holder stops when this part of the lease is over, so that others, who wait for the whole, begin
 * later, even where clocks run at a little different speeds.
 */
const HELD_PART = 0.9;

/** Whose lease it is, and where. */
export interface LeaseKeeperOptions {
  /** What it is for. */
  readonly name: string;
  /** Of this run of this replica: see `createHolder`. */
  readonly holder: string;
  readonly store: OpenStore;
  readonly host: Host;
  readonly timings: Timings;
}

/** Keeps a lease, or waits until it is over to take it. */
export interface LeaseKeeper {
  /** One's own lease, while it is certainly held: nobody else believes to have it now. */
  readonly held: OwnLease | undefined;
  /**
   * Makes the lease longer, or looks whether it can be taken. To be called each `leaseRenewMs` while it is
   * held, each `leaseLookMs` while not. Throws what the store throws.
   */
  keep(): Promise<void>;
  /** Gives it back, so that nobody has to wait until it is over. */
  release(): Promise<void>;
  /** @throws {Failure} `CANCELLED` when the lease had been taken by another before this transaction. */
  assertHeld(transaction: StoreTransaction, lease: OwnLease): Promise<void>;
}

/** A keeper that holds nothing yet. */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { name, holder, store, host, timings } = options;
  const { clock } = host;
  const watch = createLeaseWatch({ clock, leaseMs: timings.leaseMs, holder });
  let own: OwnLease | undefined;
  let heldUntil = Number.NEGATIVE_INFINITY;

  const transact = <T>(work: (transaction: StoreTransaction) => Promise<T>) =>
    store.transaction(work, { deadline: clock.monotonic() + KEEP_MS });
  // From before the transaction: others may see what it wrote before we hear that it has.
  const lasting = (startedAt: number) => startedAt + timings.leaseMs * HELD_PART;
  const renew = async (lease: OwnLease): Promise<boolean> => {
    const startedAt = clock.monotonic();
    const until = clock.now() + timings.leaseMs;
    const renewed = await transact(({ deliveries }) => deliveries.leases.renew(lease, until));
    own = renewed ? lease : undefined;
    heldUntil = lasting(startedAt);
    return renewed;
  };
  const take = async (seen: Lease | undefined): Promise<void> => {
    const startedAt = clock.monotonic();
    const claim = { name, holder, until: clock.now() + timings.leaseMs, seen };
    const taken = await transact(({ deliveries }) => deliveries.leases.take(claim));
    if (!taken) return;
    own = { name, fence: taken.fence };
    heldUntil = lasting(startedAt);
  };
  return {
    get held() {
      return clock.monotonic() < heldUntil ? own : undefined;
    },
    async keep() {
      if (own && (await renew(own))) return;
      const seen = await store.deliveries.leases.find(name);
      // One's own: taken by a transaction of which nobody heard how it ended.
      const isFree = seen === undefined || seen.holder === holder;
      const [over] = watch.look(isFree ? [] : [{ name, ...seen }]);
      if (isFree || over) await take(seen);
    },
    async release() {
      const lease = own;
      own = undefined;
      if (lease) await transact(({ deliveries }) => deliveries.leases.release(lease));
    },
    async assertHeld({ deliveries }, lease) {
      const now = await deliveries.leases.find(name);
      if (now?.holder === holder && now.fence === lease.fence) return;
      throw new Failure('CANCELLED', 'lease-lost', `Another process has the lease "${name}".`);
    },
  };
}
