import type { Kysely } from 'kysely';
import type { OutgoingEvent } from './open-store.ts';
import type { PlatformTables } from './platform-tables.ts';

/** Puts an event into the log, in the transaction of its effect. */
export async function appendEvent(
  db: Kysely<PlatformTables>,
  event: OutgoingEvent,
  now: number,
): Promise<void> {
  const { id, topic, key, envelope } = event;
  await db.insertInto('portico_outbox').values({ id, topic, key, envelope, at: now }).execute();
}
