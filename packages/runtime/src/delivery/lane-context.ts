import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Cursor, LoggedEvent, OpenStore, StoreTransaction } from '@portico/store/spi';
import type { Timings } from '../timings.ts';
import type { Hearing } from './hearing.ts';

/** What the platform's own transactions may wait for the store. */
const PLATFORM_MS = 10_000;

/** When a parked event is due that waits for nothing any more: now, by everybody's clock. */
export const AT_ONCE = 0;

/** What the parts of one lane share: one consumer's reading of one log, in one generation. */
export interface LaneContext {
  readonly hearing: Hearing;
  readonly store: OpenStore;
  readonly host: Host;
  readonly timings: Timings;
  readonly log: Logger;
  /** Who pulls: this runtime's service, since its start. */
  readonly holder: string;
  /** What runs here, for dead letters. */
  readonly release: string;
  /** Whether to go on: neither stopped, nor the lease lost. */
  isActive(): boolean;
  /** As it was last read or moved. */
  cursor: Cursor;
  /** Keys that wait, and how many of their events do. */
  blocked: Map<string, number>;
}

/** What calls made while handling `event` derive their keys from. */
export function toRunKey({ cursor }: LaneContext, event: LoggedEvent): string {
  return `${cursor.consumer}:${cursor.generation}:${event.id}`;
}

/** Runs a transaction of the platform's own in the consumer's store. */
export function transactFor<T>(
  lane: Pick<LaneContext, 'store' | 'host'>,
  work: (transaction: StoreTransaction) => Promise<T>,
): Promise<T> {
  return lane.store.transaction(work, {
    deadline: lane.host.clock.monotonic() + PLATFORM_MS,
  });
}

/** Notes in memory that an event of `key` waits from now on. */
export function countBlocked(lane: LaneContext, key: string): void {
  lane.blocked.set(key, (lane.blocked.get(key) ?? 0) + 1);
}
