import type { Insertable, Kysely } from 'kysely';
import type { OutgoingEvent } from './open-store.ts';
import type { OutboxTable, PlatformTables } from './platform-tables.ts';
import { prepareQuery } from './prepared-query.ts';

/** The log of a store's events, on one of its connections. */
export interface EventLog {
  /** Puts an event at its end, in the transaction of the effect. `now`: Unix time in ms. */
  append(event: OutgoingEvent, now: number): Promise<void>;
}

/** The event log behind a handle. */
export function createEventLog(db: Kysely<PlatformTables>): EventLog {
  const insert = prepareQuery(({ id, topic, key, envelope, at }: Insertable<OutboxTable>) =>
    db.insertInto('portico_outbox').values({ id, topic, key, envelope, at }),
  );
  return {
    async append({ id, topic, key, envelope }, now) {
      await db.executeQuery(insert({ id, topic, key, envelope, at: now }));
    },
  };
}
