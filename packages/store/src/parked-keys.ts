import type { Kysely } from 'kysely';
import type { Lane } from './cursors.ts';
import type { PlatformTables } from './platform-tables.ts';

/** Keys that one page lists at most. */
export const PARKED_KEY_PAGE_MAX = 100;

/** A key whose events wait, and for what. */
export interface ParkedKey extends Lane {
  readonly key: string;
  /** Events that wait; 0 where nothing has come behind a dead letter yet. */
  readonly waiting: number;
  /** Dead letters that block it, until an operator decides. */
  readonly deadLetters: number;
  /** Failed runs of the event that is tried again. */
  readonly attempts: number;
  /** When that is; `undefined` behind a dead letter. Unix time in ms. */
  readonly nextAt: number | undefined;
  /** When the oldest of its events was published. Unix time in ms. */
  readonly oldestAt: number;
}

/** A page of the keys of a lane, in the order of the keys. */
export interface ParkedKeyPage {
  readonly lane: Lane;
  /** Only keys after this one. */
  readonly after: string | undefined;
  /** At most {@link PARKED_KEY_PAGE_MAX}. */
  readonly limit: number;
}

/** The keys of a lane that wait, be it to be tried again or for an operator. */
export async function readParkedKeys(
  db: Kysely<PlatformTables>,
  { lane: { consumer, producer, generation }, after, limit }: ParkedKeyPage,
): Promise<readonly ParkedKey[]> {
  const lane = { consumer, producer, generation };
  const waiting = db
    .selectFrom('portico_parked')
    .select(({ val }) => [
      ...(['key', 'at', 'attempts', 'next_at'] as const),
      val(1).as('waits'),
      val(0).as('is_dead'),
    ])
    .where(({ and }) => and(lane));
  const dead = db
    .selectFrom('portico_dead_letter')
    .select(({ val, lit }) => [
      ...(['key', 'at'] as const),
      val(0).as('attempts'),
      lit(null).as('next_at'),
      val(0).as('waits'),
      val(1).as('is_dead'),
    ])
    .where(({ and }) => and({ ...lane, blocks: 1 }));
  let query = db
    .selectFrom(waiting.unionAll(dead).as('event'))
    .select(({ fn }) => [
      'key',
      fn.sum<number>('waits').as('waiting'),
      fn.sum<number>('is_dead').as('deadLetters'),
      fn.max('attempts').as('attempts'),
      fn.min('next_at').as('nextAt'),
      fn.min('at').as('oldestAt'),
    ])
    .groupBy('key')
    .orderBy('key');
  if (after !== undefined) query = query.where('key', '>', after);
  const rows = await query.limit(Math.min(limit, PARKED_KEY_PAGE_MAX)).execute();
  return rows.map(({ key, nextAt, ...row }) => ({
    ...{ ...lane, key },
    waiting: Number(row.waiting),
    deadLetters: Number(row.deadLetters),
    attempts: Number(row.attempts),
    oldestAt: Number(row.oldestAt),
    nextAt: nextAt === null ? undefined : Number(nextAt),
  }));
}
