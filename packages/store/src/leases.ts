import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';

/** A lease that somebody holds, as it stands: each renewal changes `until`, each change of hands `fence`. */
export interface Lease {
  readonly holder: string;
  /** Raised by each claim. Whoever holds an older one must have no effect any more. */
  readonly fence: number;
  /** When it ends by its holder's clock, for people to read. Unix time in ms. */
  readonly until: number;
}

/** Who takes what. */
export interface LeaseClaim {
  /** What it is for: `events`. */
  readonly name: string;
  readonly holder: string;
  readonly until: number;
  /** The lease to be taken over, as it was seen; `undefined`: it was free. */
  readonly seen: Lease | undefined;
}

/** A lease that one has. */
export interface OwnLease {
  readonly name: string;
  readonly fence: number;
}

/**
 * Leases: one holder at a time does something. Whether a lease is over is not decided here, and by nobody's
 * wall clock: whoever wants it looks whether it changes, by its own monotonic clock, and takes over what
 * stood still for as long as a lease lasts. Two that want it compare and set. A holder that stood still itself
 * is kept out by its fence, where its effect would do harm.
 */
export interface Leases {
  /** `undefined` while nobody holds it. */
  find(name: string): Promise<Lease | undefined>;
  /** Compare and set: takes a lease that is still as it was seen. `undefined` when it is not. */
  take(claim: LeaseClaim): Promise<Lease | undefined>;
  /** Makes one's own last until `until`. False when somebody else has taken it. */
  renew(lease: OwnLease, until: number): Promise<boolean>;
  /** Gives back one's own; nothing happens when somebody else has taken it. */
  release(lease: OwnLease): Promise<void>;
}

/** The leases behind a handle. */
export function createLeases(db: Kysely<PlatformTables>): Leases {
  return {
    async find(name) {
      const lease = await db
        .selectFrom('portico_lease')
        .select(['holder', 'fence', 'until'])
        .where('name', '=', name)
        .executeTakeFirst();
      return lease?.holder === '' ? undefined : lease;
    },
    async take({ name, holder, until, seen }) {
      const taken = await db
        .insertInto('portico_lease')
        .values({ name, holder, fence: 1, until })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet(({ eb }) => ({
              holder,
              until,
              fence: eb('portico_lease.fence', '+', 1),
            }))
            .where(({ eb, and }) =>
              seen === undefined
                ? eb('portico_lease.holder', '=', '')
                : and([
                    eb('portico_lease.holder', '=', seen.holder),
                    eb('portico_lease.fence', '=', seen.fence),
                    eb('portico_lease.until', '=', seen.until),
                  ]),
            ),
        )
        .returning('fence')
        .executeTakeFirst();
      return taken && { holder, until, fence: taken.fence };
    },
    async renew({ name, fence }, until) {
      const { numUpdatedRows } = await db
        .updateTable('portico_lease')
        .set({ until })
        .where('name', '=', name)
        .where('fence', '=', fence)
        .where('holder', '<>', '')
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async release({ name, fence }) {
      await db
        .updateTable('portico_lease')
        .set({ holder: '', until: 0 })
        .where('name', '=', name)
        .where('fence', '=', fence)
        .execute();
    },
  };
}
