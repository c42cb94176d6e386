import type { LoggedEvent } from '@portico/store/spi';
import { InvalidEvent } from './hearing.ts';
import { type LaneContext, toRunKey } from './lane-context.ts';
import { placeInLog } from './place-in-line.ts';
import { runHandler } from './run-handler.ts';

/**
 * The events at the beginning of `rest` that a handler of batches takes together: of one topic, none of
 * them behind another of its key. Fewer than two are no run.
 */
export function takeRun(lane: LaneContext, rest: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const topic = rest[0]?.topic ?? '';
  if (!lane.hearing.topics.get(topic)?.isBatched) return [];
  const end = rest.findIndex((event) => event.topic !== topic || lane.blocked.has(event.key));
  const run = end < 0 ? rest : rest.slice(0, end);
  return run.length < 2 ? [] : run;
}

/**
 * Handles events together: the cursor moves over all of them in the one transaction of their handler.
 *
 * @returns whether they are handled. If not, nothing has happened: each is to be handled alone, which finds
 * the one that fails.
 * @throws {CursorMoved} when somebody else has handled them.
 */
export async function handleRun(
  lane: LaneContext,
  run: readonly LoggedEvent[],
  isLast: boolean,
): Promise<boolean> {
  const { placed, topics } = lane.hearing;
  const last = run.at(-1);
  const heard = last && topics.get(last.topic);
  if (!last || !heard) return false;
  const place = placeInLog(lane, last, isLast);
  const runKey = toRunKey(lane, last);
  try {
    const settle = place.leave;
    const problem = await runHandler({ placed, heard, events: run, runKey, settle });
    if (problem === undefined) {
      place.left('handled');
      return true;
    }
    const fields = { topic: last.topic, events: run.length, err: problem };
    lane.log.warn(fields, 'Events could not be handled together; each is handled alone.');
  } catch (thrown) {
    // Which of them it is shows when each is read alone.
    if (!(thrown instanceof InvalidEvent)) throw thrown;
  }
  return false;
}
