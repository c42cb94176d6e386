import type { Host } from '@portico/host';
import type { Cursor } from '@portico/store/spi';
import type { Consumer } from './consumer.ts';
import type { LaneHealth } from './lane-health.ts';

/** An event that waits longer than this (10 s) is somebody's business. */
const UNDELIVERED_MAX_MS = 10_000;

/** What should be looked at: each is a reason for a line in the log, and for `portico status` to end with 1. */
export type DeliveryAlarm =
  /** Events were given up. */
  | 'dead-letters'
  /** Keys wait, to be tried again or for an operator. */
  | 'blocked-keys'
  /** An event is undelivered for more than 10 s. */
  | 'late'
  /** So much waits that no more is fetched. */
  | 'full'
  /** Events are gone that were not heard: see `resume`. */
  | 'truncated';

/** How the delivery of one producer's events to one consumer does. */
export interface DeliveryStatus {
  readonly consumer: string;
  readonly producer: string;
  readonly generation: number;
  readonly role: Cursor['role'];
  /** `elsewhere`: another replica pulls. */
  readonly state: LaneHealth['state'] | 'elsewhere';
  readonly position: number;
  /** The newest position of the log, where it is pulled here and has answered. */
  readonly head?: number;
  readonly problem?: string;
  readonly deadLetters: number;
  readonly blockedKeys: number;
  readonly parked: number;
  /** Age of the oldest event that has arrived and not been handled; 0 when there is none. */
  readonly oldestUndeliveredMs: number;
  readonly alarms: readonly DeliveryAlarm[];
}

/** The status of everything that a consumer hears, a row for each producer and generation. */
export async function statusOf(consumer: Consumer, host: Host): Promise<readonly DeliveryStatus[]> {
  const { store, name } = consumer;
  const rows: DeliveryStatus[] = [];
  for (const { producer } of consumer.hearings) {
    for (const cursor of await store.deliveries.cursors.list(name, producer)) {
      rows.push(await laneStatus(consumer, cursor, host));
    }
  }
  return rows;
}

async function laneStatus(
  { store, lanes }: Consumer,
  cursor: Cursor,
  host: Host,
): Promise<DeliveryStatus> {
  const { consumer, producer, generation, role, pos } = cursor;
  const { parked, letters } = store.deliveries;
  const lane = lanes().find(
    (one) => one.cursor.producer === producer && one.cursor.generation === generation,
  );
  const blocked = await parked.blocked(cursor);
  const { oldestAt } = await parked.outlook(cursor);
  const oldest = Math.min(...[lane?.health.oldestAt, oldestAt].filter((at) => at !== undefined));
  const { head, problem } = lane?.health ?? {};
  const row = {
    ...{ consumer, producer, generation, role, position: pos },
    state: lane?.health.state ?? ('elsewhere' as const),
    ...(head === undefined ? {} : { head }),
    ...(problem === undefined ? {} : { problem }),
    deadLetters: await letters.count(cursor),
    blockedKeys: blocked.size,
    parked: [...blocked.values()].reduce((sum, count) => sum + count, 0),
    oldestUndeliveredMs: Number.isFinite(oldest) ? Math.max(0, host.clock.now() - oldest) : 0,
  };
  return { ...row, alarms: alarmsOf(row) };
}

function alarmsOf(status: Omit<DeliveryStatus, 'alarms'>): readonly DeliveryAlarm[] {
  const { deadLetters, blockedKeys, oldestUndeliveredMs, state } = status;
  const alarms: DeliveryAlarm[] = [];
  if (deadLetters > 0) alarms.push('dead-letters');
  if (blockedKeys > 0) alarms.push('blocked-keys');
  if (oldestUndeliveredMs > UNDELIVERED_MAX_MS) alarms.push('late');
  if (state === 'full' || state === 'truncated') alarms.push(state);
  return alarms;
}
