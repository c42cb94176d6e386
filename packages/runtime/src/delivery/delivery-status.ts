import type { Host } from '@portico/host';
import type { Cursor } from '@portico/store/spi';
import type { Consumer } from './consumer.ts';
import type { LaneHealth } from './lane-health.ts';

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
  return {
    ...{ consumer, producer, generation, role, position: pos },
    state: lane?.health.state ?? 'elsewhere',
    ...(head === undefined ? {} : { head }),
    ...(problem === undefined ? {} : { problem }),
    deadLetters: await letters.count(cursor),
    blockedKeys: blocked.size,
    parked: [...blocked.values()].reduce((sum, count) => sum + count, 0),
    oldestUndeliveredMs: Number.isFinite(oldest) ? Math.max(0, host.clock.now() - oldest) : 0,
  };
}
