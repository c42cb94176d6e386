import { EventRejected } from '@portico/service';
import type { DeadLetter, DeathReason } from '@portico/store/spi';
import { spread } from '../spread.ts';
import { InvalidEvent } from './hearing.ts';
import { type LaneContext, transactFor } from './lane-context.ts';
import type { PlaceInLine } from './place-in-line.ts';
import { runHandler } from './run-handler.ts';

/** Stacks are for people; longer ones repeat themselves. */
const STACK_LENGTH_MAX = 8_000;
const ERROR_LENGTH_MAX = 2_000;

/**
 * Runs the handler of an event and notes what came of it: handled, to be tried again, or given up.
 *
 * @returns false when the process is about to stop, and somebody else has to handle the event.
 * @throws {CursorMoved} when somebody else has handled it.
 */
export async function handleEvent(lane: LaneContext, place: PlaceInLine): Promise<boolean> {
  const { event, runKey } = place;
  const { placed, topics } = lane.hearing;
  const heard = topics.get(event.topic);
  // Its handler went with a release: nobody here can do anything with it.
  if (!heard) {
    const problem = new InvalidEvent(`Nothing here handles ${event.topic} any more.`);
    await giveUp(lane, place, { reason: 'invalid', problem });
    return true;
  }
  try {
    const settle = place.leave;
    const problem = await runHandler({ placed, heard, events: [event], runKey, settle });
    if (problem === undefined) place.left('handled');
    else if (!lane.isActive()) return false;
    else if (problem instanceof EventRejected)
      await giveUp(lane, place, { reason: 'rejected', problem });
    else await tryLater(lane, place, problem);
  } catch (thrown) {
    if (!(thrown instanceof InvalidEvent)) throw thrown;
    await giveUp(lane, place, { reason: 'invalid', problem: thrown });
  }
  return true;
}

/** Parks the event, or gives it up when it has failed often enough. */
async function tryLater(lane: LaneContext, place: PlaceInLine, problem: unknown): Promise<void> {
  const { host, log, timings } = lane;
  const attempts = place.attempts + 1;
  const delayMs = spread(timings.eventRetriesMs[attempts - 1], host.random);
  if (delayMs === undefined) return giveUp(lane, place, { reason: 'failed', problem });
  const nextAt = host.clock.now() + delayMs;
  await transactFor(lane, (transaction) => place.wait(transaction, nextAt));
  place.left('waiting');
  const { id, topic, key, pos } = place.event;
  const fields = { event: id, topic, key, pos, attempts, retryInMs: delayMs, err: problem };
  log.warn(fields, 'An event could not be handled; its key waits, and it is tried again.');
}

/** Why an event is given up. */
interface Death {
  readonly reason: DeathReason;
  readonly problem: unknown;
}

/** Moves the event to the dead letters, where an operator decides. */
export async function giveUp(
  lane: LaneContext,
  place: PlaceInLine,
  { reason, problem }: Death,
): Promise<void> {
  const { host, log, release, cursor, hearing } = lane;
  const { consumer, producer, generation } = cursor;
  const { event, runKey } = place;
  const { id, topic, key, pos, envelope, at } = event;
  const blocks = hearing.topics.get(topic)?.onPoison !== 'skip';
  const letter: DeadLetter = {
    ...{ consumer, producer, generation, pos, id, topic, key, envelope, at, runKey },
    ...{ letter: host.ids.uuid(), reason, release, blocks, diedAt: host.clock.now() },
    attempts: place.attempts + (reason === 'failed' || reason === 'rejected' ? 1 : 0),
    ...describe(problem),
  };
  await transactFor(lane, async (transaction) => {
    // The letter first: it decides whether the next of the key is due.
    await transaction.deliveries.letters.add(letter);
    await place.leave(transaction);
  });
  place.left(blocks ? 'blocking' : 'handled');
  const fields = { letter: letter.letter, event: id, topic, key, pos, reason, err: problem };
  log.error(fields, 'An event was given up and is among the dead letters.');
}

function describe(problem: unknown): { readonly error: string; readonly stack: string } {
  const error = problem instanceof Error ? problem.message : String(problem);
  const stack = problem instanceof Error ? (problem.stack ?? '') : '';
  return { error: error.slice(0, ERROR_LENGTH_MAX), stack: stack.slice(0, STACK_LENGTH_MAX) };
}
