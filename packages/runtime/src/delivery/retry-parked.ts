import type { ParkedEvent } from '@portico/store/spi';
import { DEATHS_MAX } from './handle-batch.ts';
import { giveUp, handleEvent } from './handle-event.ts';
import { type LaneContext, transactFor } from './lane-context.ts';
import { placeAmongParked } from './place-in-line.ts';

/** Parked events of one round: then the log has its turn again. */
const ROUND_MAX = 64;

/** Runs what is due among the parked events. Whether there was anything. */
export async function retryParked(lane: LaneContext): Promise<boolean> {
  const { store, host, cursor } = lane;
  const due = await store.deliveries.parked.due(cursor, host.clock.now(), ROUND_MAX);
  for (const parked of due) {
    if (!lane.isActive()) return true;
    await retry(lane, parked);
  }
  return due.length > 0;
}

/**
 * The run is counted before it begins: a process that dies with it leaves the count behind. For as long as
 * the run may take, nobody else finds the event due.
 */
async function retry(lane: LaneContext, found: ParkedEvent): Promise<void> {
  if (found.deaths >= DEATHS_MAX) {
    const problem = new Error(`${found.deaths} processes have died while handling this event.`);
    await giveUp(lane, placeAmongParked(found), { reason: 'died', problem });
    return;
  }
  const { attempts, deaths, nextAt } = found;
  const busyUntil = lane.host.clock.now() + lane.timings.eventTimeoutMs;
  const counted = await transactFor(lane, ({ deliveries }) =>
    deliveries.parked.change(found, { attempts, deaths: deaths + 1, nextAt: busyUntil }),
  );
  const ended = await handleEvent(lane, placeAmongParked(counted));
  if (ended) return;
  // Stopped, not dead.
  await transactFor(lane, ({ deliveries }) =>
    deliveries.parked.change(counted, { attempts, deaths, nextAt }),
  );
}
