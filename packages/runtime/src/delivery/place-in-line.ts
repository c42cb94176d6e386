import type { LoggedEvent, ParkedEvent, StoreTransaction } from '@portico/store/spi';
import { AT_ONCE, countBlocked, type LaneContext, toRunKey } from './lane-context.ts';

/** An event with the place that it leaves when it has been dealt with: the log, or the parked ones. */
export interface PlaceInLine {
  readonly event: LoggedEvent;
  readonly runKey: string;
  /** Runs that ended in an error. */
  readonly attempts: number;
  /** Leaves for good: handled, or given up. */
  leave(transaction: StoreTransaction): Promise<void>;
  /** Waits until `nextAt`, with one failed attempt more. */
  wait(transaction: StoreTransaction, nextAt: number): Promise<void>;
  /** Tells memory what was committed. */
  left(how: 'handled' | 'waiting' | 'blocking'): void;
}

/** The place of an event that comes from the log. `isLast` of its batch: its marker ends with it. */
export function placeInLog(lane: LaneContext, event: LoggedEvent, isLast: boolean): PlaceInLine {
  const runKey = toRunKey(lane, event);
  const { cursor, host } = lane;
  const leave = async ({ deliveries }: StoreTransaction) => {
    await deliveries.cursors.move(cursor, event.pos, host.clock.now());
    if (isLast) await deliveries.markers.clear(cursor);
  };
  return {
    event,
    runKey,
    attempts: 0,
    leave,
    async wait(transaction, nextAt) {
      await leave(transaction);
      const parked = toParked(lane, event, { attempts: 1, nextAt });
      await transaction.deliveries.parked.add(parked);
    },
    left(how) {
      lane.cursor = { ...cursor, pos: event.pos };
      if (how === 'waiting') countBlocked(lane, event.key);
      if (how === 'blocking') lane.blocked.set(event.key, lane.blocked.get(event.key) ?? 0);
    },
  };
}

/** The place of an event that was parked. When it leaves, the next of its key is due. */
export function placeAmongParked(parked: ParkedEvent): PlaceInLine {
  const { attempts, runKey, key } = parked;
  return {
    event: parked,
    runKey,
    attempts,
    async leave({ deliveries }) {
      await deliveries.parked.remove(parked);
      await deliveries.parked.release(parked, AT_ONCE, key);
    },
    async wait({ deliveries }, nextAt) {
      await deliveries.parked.change(parked, { attempts: attempts + 1, deaths: 0, nextAt });
    },
    // Parked events are read again from the store after each round.
    left() {},
  };
}

/** An event from the log as one that waits. */
export function toParked(
  lane: LaneContext,
  event: LoggedEvent,
  how: Pick<ParkedEvent, 'attempts' | 'nextAt'>,
): ParkedEvent {
  const { consumer, producer, generation } = lane.cursor;
  const { pos, id, topic, key, envelope, at } = event;
  return {
    ...{ consumer, producer, generation, pos, id, topic, key, envelope, at },
    ...{ runKey: toRunKey(lane, event), deaths: 0, ...how },
  };
}
