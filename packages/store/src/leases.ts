import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';

/** Who asks for what, and for how long. */
export interface LeaseClaim {
  /** What it is for: `events`. */
  readonly name: string;
  readonly holder: string;
  /** Unix time in ms. */
  readonly now: number;
  readonly until: number;
}

/**
 * A lease that ends this much later (1 min) than one claimed now would end was claimed by a clock that was
 * wrong. Nobody waits for it: its holder may be long dead.
 */
export const LEASE_AHEAD_MAX_MS = 60_000;

/** Leases: one holder at a time does something, as long as clocks agree. Correctness never rests on one. */
export interface Leases {
  /** Takes or renews a lease that is free, over, one's own, or claimed by a wrong clock. Whether it did. */
  claim(claim: LeaseClaim): Promise<boolean>;
  /** When the lease that somebody else holds is over; `undefined` when it is free. Unix time in ms. */
  heldUntil(name: string): Promise<number | undefined>;
  /** Gives back a lease, if `holder` holds it. */
  release(name: string, holder: string): Promise<void>;
}

/** The leases behind a handle. */
export function createLeases(db: Kysely<PlatformTables>): Leases {
  return {
    async claim({ name, holder, now, until }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('portico_lease')
        .values({ name, holder, fence: 1, until })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet(({ eb, ref }) => ({
              holder,
              until,
              fence: eb
                .case()
                .when('portico_lease.holder', '=', holder)
                .then(ref('portico_lease.fence'))
                .else(eb('portico_lease.fence', '+', 1))
                .end(),
            }))
            .where(({ eb, or }) =>
              or([
                eb('portico_lease.holder', '=', holder),
                eb('portico_lease.until', '<=', now),
                eb('portico_lease.until', '>', until + LEASE_AHEAD_MAX_MS),
              ]),
            ),
        )
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async heldUntil(name) {
      const lease = db.selectFrom('portico_lease').select('until').where('name', '=', name);
      return (await lease.executeTakeFirst())?.until;
    },
    async release(name, holder) {
      await db
        .updateTable('portico_lease')
        .set({ until: 0 })
        .where('name', '=', name)
        .where('holder', '=', holder)
        .execute();
    },
  };
}
