import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';

/** A consumer that says nothing for this long (30 days) is gone: the log is not kept for it any more. */
export const SUBSCRIBER_SILENT_MS = 30 * 24 * 3_600_000;

/** Who reads this store's log, and how far it must be kept for them. */
export interface Subscribers {
  /** Notes where a consumer stands. `now`: Unix time in ms. */
  note(consumer: string, pos: number, now: number): Promise<void>;
  list(): Promise<readonly { readonly consumer: string; readonly pos: number }[]>;
  /** Forgets those that have been silent for {@link SUBSCRIBER_SILENT_MS}, and says who they were. */
  dropSilent(now: number): Promise<readonly string[]>;
}

/** The subscribers behind a handle. */
export function createSubscribers(db: Kysely<PlatformTables>): Subscribers {
  return {
    async note(consumer, pos, now) {
      await db
        .insertInto('portico_subscriber')
        .values({ consumer, pos, seen_at: now })
        .onConflict((conflict) => conflict.column('consumer').doUpdateSet({ pos, seen_at: now }))
        .execute();
    },
    async list() {
      return await db.selectFrom('portico_subscriber').select(['consumer', 'pos']).execute();
    },
    async dropSilent(now) {
      const silent = now - SUBSCRIBER_SILENT_MS;
      const gone = await db
        .selectFrom('portico_subscriber')
        .select('consumer')
        .where('seen_at', '<=', silent)
        .execute();
      if (gone.length === 0) return [];
      await db.deleteFrom('portico_subscriber').where('seen_at', '<=', silent).execute();
      return gone.map(({ consumer }) => consumer);
    },
  };
}
