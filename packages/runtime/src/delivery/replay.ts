import { Failure } from '@portico/contract';
import { type Cursor, CursorMoved } from '@portico/store/spi';
import type { Hearing } from './hearing.ts';
import { AT_ONCE, type LaneContext, transactFor } from './lane-context.ts';

/** Where a replay begins. */
export type ReplayFrom =
  /** With the first event that was published then or later; Unix time in ms. */
  | { readonly at: number }
  /** With the first event after this position. */
  | { readonly after: number };

/**
 * Begins a new generation beside the one that serves. Its calls have keys of their own; the old one goes on
 * with all events until the new one stands beside it.
 *
 * @throws {Failure} `precondition-failed` when nothing is declared replayable, nothing was heard yet, or a replay is under way.
 */
export async function beginReplay(
  lane: Pick<LaneContext, 'store' | 'host'>,
  { consumer, producer, topics }: Hearing,
  from: ReplayFrom,
): Promise<Cursor> {
  if (![...topics.values()].some(({ replayable }) => replayable)) {
    throw Failure.rejected(
      'precondition-failed',
      `No handler of "${consumer}" for events of "${producer}" is replayable.`,
    );
  }
  return await transactFor(lane, async ({ deliveries: { cursors } }) => {
    const all = await cursors.list(consumer, producer);
    const serving = all.find(({ role }) => role === 'serving');
    if (!serving)
      throw Failure.rejected(
        'precondition-failed',
        `"${consumer}" has not heard "${producer}" yet.`,
      );
    if (all.length > 1)
      throw Failure.rejected(
        'precondition-failed',
        `"${consumer}" is replaying "${producer}" already.`,
      );
    const place =
      'at' in from
        ? { logId: '', pos: 0, startPos: 0, startAt: from.at }
        : { logId: serving.logId, ...startingAt(Math.min(from.after, serving.pos)) };
    const generation = serving.generation + 1;
    const cursor: Cursor = { consumer, producer, generation, role: 'replaying', ...place };
    await cursors.create(cursor, lane.host.clock.now());
    return cursor;
  });
}

/**
 * Puts a replay in the place of the generation that serves, if both stand at the same position. What the old
 * one had parked or given up of replayed events is superseded; the rest goes over.
 *
 * @returns false when the old one has moved on, or has started another log.
 */
export async function finishReplay(lane: LaneContext): Promise<boolean> {
  const { cursor, hearing, log } = lane;
  const { consumer, producer, generation } = cursor;
  const topics = [...hearing.topics.values()]
    .filter(({ replayable }) => replayable)
    .map(({ topic }) => topic);
  const next: Cursor = { ...cursor, role: 'serving', startPos: 0, startAt: 0 };
  const isDone = await transactFor(lane, async ({ deliveries }) => {
    const { cursors, parked, letters, markers } = deliveries;
    const all = await cursors.list(consumer, producer);
    const old = all.find(({ role }) => role === 'serving');
    const own = all.find((one) => one.generation === generation);
    if (!own || own.pos !== cursor.pos) throw new CursorMoved(cursor);
    if (!old || old.pos !== cursor.pos || old.logId !== cursor.logId) return false;
    const since = { pos: cursor.startPos, at: cursor.startAt };
    await parked.handOver(old, generation, { topics, since });
    await letters.handOver(old, generation, { topics, since });
    await cursors.remove(old);
    await markers.clear(old);
    await cursors.replace(cursor, next);
    await parked.release(cursor, AT_ONCE);
    return true;
  });
  if (!isDone) return false;
  lane.cursor = next;
  lane.blocked = await lane.store.deliveries.parked.blocked(next);
  log.info({ generation }, 'A replay has caught up and serves from now on.');
  return true;
}

function startingAt(pos: number) {
  return { pos, startPos: pos, startAt: 0 };
}
