import type { BatchMarker, LoggedEvent } from '@portico/store/spi';
import { giveUp, handleEvent } from './handle-event.ts';
import { handleRun, takeRun } from './handle-run.ts';
import { AT_ONCE, countBlocked, type LaneContext, transactFor } from './lane-context.ts';
import { type PlaceInLine, placeInLog, toParked } from './place-in-line.ts';

/** Processes that may die with an event before it is given up. */
export const DEATHS_MAX = 3;

/** A batch that somebody died with, while its events are handled one at a time. */
export interface Suspicion {
  readonly lastPos: number;
  /** The event that counts, and the deaths with it. */
  readonly pos: number;
  readonly deaths: number;
}

/**
 * What a marker says that another holder has left. Without counted attempts it was handling the event
 * after the cursor when it died: that one counts as its first death.
 */
export function toSuspicion(marker: BatchMarker, next: number): Suspicion {
  const { lastPos, attemptPos, attempts } = marker;
  return attemptPos === next
    ? { lastPos, pos: next, deaths: attempts }
    : { lastPos, pos: next, deaths: attempts === 0 ? 1 : 0 };
}

/**
 * Handles events in the order of the log, together where their handler takes batches. A marker is
 * committed before the first of them runs, and removed with the last. Of a batch that somebody died with
 * (`found`), only the rest is handled, one event at a time, and each run is counted before it begins.
 */
export async function handleBatch(
  lane: LaneContext,
  events: readonly LoggedEvent[],
  found: BatchMarker | undefined,
): Promise<void> {
  const rest = found ? events.filter(({ pos }) => pos <= found.lastPos) : [];
  const batch = rest.length > 0 ? rest : events;
  const [first] = batch;
  const last = batch.at(-1);
  if (!first || !last) return;
  const suspicion = found && rest.length > 0 ? toSuspicion(found, first.pos) : undefined;
  if (!suspicion) await mark(lane, { lastPos: last.pos, attemptPos: 0, attempts: 0 });
  // Up to here they are handled alone: together they have failed, or a process has died.
  let aloneUntil = suspicion ? batch.length : 0;
  for (let index = 0; index < batch.length; index++) {
    if (!lane.isActive()) return;
    const waiting = takeWaiting(lane, batch.slice(index));
    if (waiting.length > 0) await queue(lane, waiting, waiting.at(-1) === last);
    index += waiting.length;
    const run = index < aloneUntil ? [] : takeRun(lane, batch.slice(index));
    if (run.length > 0) {
      if (!lane.isActive()) return;
      if (await handleRun(lane, run, run.at(-1) === last)) {
        index += run.length - 1;
        continue;
      }
      aloneUntil = index + run.length;
    }
    const event = batch[index];
    if (!event || !lane.isActive()) return;
    const place = placeInLog(lane, event, event === last);
    if (suspicion && (await isDeadly(lane, place, suspicion))) continue;
    else if (!(await handleEvent(lane, place))) return;
  }
}

/** Counts a run before it begins; gives the event up when too many processes have died with it. */
async function isDeadly(
  lane: LaneContext,
  place: PlaceInLine,
  suspicion: Suspicion,
): Promise<boolean> {
  const { pos } = place.event;
  const deaths = pos === suspicion.pos ? suspicion.deaths : 0;
  if (deaths < DEATHS_MAX) {
    await mark(lane, { lastPos: suspicion.lastPos, attemptPos: pos, attempts: deaths + 1 });
    return false;
  }
  const problem = new Error(`${deaths} processes have died while handling this event.`);
  await giveUp(lane, place, { reason: 'died', problem });
  return true;
}

/** The events at the beginning of `rest` whose keys are blocked. */
function takeWaiting(lane: LaneContext, rest: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const next = rest.findIndex(({ key }) => !lane.blocked.has(key));
  return next < 0 ? rest : rest.slice(0, next);
}

/** Lets events wait behind others of their keys. */
async function queue(
  lane: LaneContext,
  events: readonly LoggedEvent[],
  isLast: boolean,
): Promise<void> {
  const { cursor } = lane;
  const last = events.at(-1);
  if (!last) return;
  const place = placeInLog(lane, last, isLast);
  await transactFor(lane, async (transaction) => {
    const { parked } = transaction.deliveries;
    await place.leave(transaction);
    for (const event of events) {
      await parked.add(toParked(lane, event, { attempts: 0, nextAt: null }));
    }
    // Were those before them settled meanwhile, they are due now.
    const keys = new Set(events.map(({ key }) => key));
    for (const key of keys) await parked.release(cursor, AT_ONCE, key);
  });
  place.left('handled');
  for (const { key } of events) countBlocked(lane, key);
}

async function mark(lane: LaneContext, marker: Omit<BatchMarker, 'holder'>): Promise<void> {
  const { holder, cursor, host } = lane;
  await transactFor(lane, ({ deliveries }) =>
    deliveries.markers.set(cursor, { holder, ...marker }, host.clock.now()),
  );
}
