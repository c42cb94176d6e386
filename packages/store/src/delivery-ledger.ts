import type { Kysely } from 'kysely';
import { type BatchMarkers, createBatchMarkers } from './batch-markers.ts';
import { type Cursors, createCursors } from './cursors.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { createLeases, type Leases } from './leases.ts';
import { createParkedEvents, type ParkedEvents } from './parked-events.ts';
import type { PlatformTables } from './platform-tables.ts';
import { createSubscribers, type Subscribers } from './subscribers.ts';

/**
 * What a store knows of the delivery of events: to its service (where it stands in the logs of others,
 * what is parked, what died) and from it (who reads its own log).
 */
export interface DeliveryLedger {
  readonly cursors: Cursors;
  readonly markers: BatchMarkers;
  readonly parked: ParkedEvents;
  readonly letters: DeadLetters;
  readonly leases: Leases;
  readonly subscribers: Subscribers;
}

/** The ledger behind a handle. Behind a reading one, everything that writes is refused. */
export function createDeliveryLedger(db: Kysely<PlatformTables>): DeliveryLedger {
  return {
    cursors: createCursors(db),
    markers: createBatchMarkers(db),
    parked: createParkedEvents(db),
    letters: createDeadLetters(db),
    leases: createLeases(db),
    subscribers: createSubscribers(db),
  };
}
