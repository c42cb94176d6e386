import type { Kysely, Selectable } from 'kysely';
import { CursorMoved, type Lane } from './cursors.ts';
import type { ParkedTable } from './delivery-tables.ts';
import type { LoggedEvent } from './event-log.ts';
import { type ParkedKey, type ParkedKeyPage, readParkedKeys } from './parked-keys.ts';
import type { PlatformTables } from './platform-tables.ts';
import { prepared, preparedList } from './prepared-query.ts';

/** An event that waits: to be tried again, or behind another of its key. */
export interface ParkedEvent extends Lane, LoggedEvent {
  /** What calls made by the handler derive their keys from. */
  readonly runKey: string;
  /** Runs that ended in an error. */
  readonly attempts: number;
  /** Runs begun since then: processes died with them. */
  readonly deaths: number;
  /** When it is due; null behind another of its key. Unix time in ms. */
  readonly nextAt: number | null;
}

/**
 * Events of blocked keys. An event found here is changed only as it was found: who comes second gets
 * {@link CursorMoved}, as with cursors.
 */
export interface ParkedEvents {
  /** How many wait per blocked key; 0 where only a dead letter blocks it. */
  blocked(lane: Lane): Promise<Map<string, number>>;
  /** The same keys with what they wait for, a page at a time. */
  keys(page: ParkedKeyPage): Promise<readonly ParkedKey[]>;
  /** What is due, in the order of `nextAt`. */
  due(lane: Lane, now: number, limit: number): Promise<readonly ParkedEvent[]>;
  /** When the next is due, and when the oldest of all was published. */
  outlook(
    lane: Lane,
  ): Promise<{ readonly nextAt: number | undefined; readonly oldestAt: number | undefined }>;
  add(event: ParkedEvent): Promise<void>;
  /** @throws {CursorMoved} when it is not there as it was found. */
  change(
    found: ParkedEvent,
    next: Pick<ParkedEvent, 'attempts' | 'deaths' | 'nextAt'>,
  ): Promise<ParkedEvent>;
  /** @throws {CursorMoved} when it is not there as it was found. */
  remove(found: ParkedEvent): Promise<void>;
  /** Makes due what is first of its key (of all keys, without `key`) and not behind a dead letter. */
  release(lane: Lane, now: number, key?: string): Promise<void>;
  /**
   * Gives the parked events of a lane to the next generation, but those of `topics` that it has handled
   * itself. Nothing is due afterwards until it is released.
   */
  handOver(lane: Lane, generation: number, left: LeftBehind): Promise<void>;
}

/** What a new generation has handled itself. */
export interface LeftBehind {
  readonly topics: readonly string[];
  readonly since: { readonly pos: number; readonly at: number };
}

/** The parked events behind a handle. */
export function createParkedEvents(db: Kysely<PlatformTables>): ParkedEvents {
  const reading = readers(db);
  return {
    ...reading,
    async add(event) {
      await db.insertInto('portico_parked').values(toRow(event)).execute();
    },
    async change(found, { attempts, deaths, nextAt }) {
      const { numUpdatedRows } = await db
        .updateTable('portico_parked')
        .set({ attempts, deaths, next_at: nextAt })
        .where(({ and }) => and(asFound(found)))
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new CursorMoved(found);
      return { ...found, attempts, deaths, nextAt };
    },
    async remove(found) {
      const query = db.deleteFrom('portico_parked').where(({ and }) => and(asFound(found)));
      const { numDeletedRows } = await query.executeTakeFirst();
      if (numDeletedRows !== 1n) throw new CursorMoved(found);
    },
    async release(lane, now, key) {
      const keys = key === undefined ? [...(await reading.blocked(lane)).keys()] : [key];
      for (const one of keys) await releaseKey(db, { lane, now, key: one });
    },
    async handOver({ consumer, producer, generation }, next, { topics, since }) {
      const old = { consumer, producer, generation };
      if (topics.length > 0) {
        await db
          .deleteFrom('portico_parked')
          .where(({ eb, and }) => and([and(old), eb('topic', 'in', topics)]))
          .where('pos', '>', since.pos)
          .where('at', '>=', since.at)
          .execute();
      }
      await db
        .updateTable('portico_parked')
        .set({ generation: next })
        .where(({ and }) => and(old))
        .execute();
      // Two queues have become one: `release` finds its heads.
      await db
        .updateTable('portico_parked')
        .set({ next_at: null })
        .where(({ and }) => and({ consumer, producer, generation: next }))
        .execute();
    },
  };
}

type Readers = Pick<ParkedEvents, 'blocked' | 'keys' | 'due' | 'outlook'>;

interface Due extends Lane {
  readonly now: number;
}

// A lane asks these two before each fetch.
const selectDue = preparedList(
  (db: Kysely<PlatformTables>, { consumer, producer, generation, now }: Due, { limit }) =>
    db
      .selectFrom('portico_parked')
      .selectAll()
      .where('consumer', '=', consumer)
      .where('producer', '=', producer)
      .where('generation', '=', generation)
      .where('next_at', '<=', now)
      .orderBy('next_at')
      .orderBy('pos')
      .limit(limit),
);

const selectOutlook = prepared(
  (db: Kysely<PlatformTables>, { consumer, producer, generation }: Lane) =>
    db
      .selectFrom('portico_parked')
      .select(({ fn }) => [fn.min('next_at').as('nextAt'), fn.min('at').as('oldestAt')])
      .where('consumer', '=', consumer)
      .where('producer', '=', producer)
      .where('generation', '=', generation),
);

function readers(db: Kysely<PlatformTables>): Readers {
  return {
    keys: (page) => readParkedKeys(db, page),
    async blocked({ consumer, producer, generation }) {
      const lane = { consumer, producer, generation };
      const parked = await db
        .selectFrom('portico_parked')
        .select(({ fn }) => ['key', fn.countAll<number>().as('count')])
        .where(({ and }) => and(lane))
        .groupBy('key')
        .execute();
      const dead = await db
        .selectFrom('portico_dead_letter')
        .select('key')
        .distinct()
        .where(({ and }) => and({ ...lane, blocks: 1 }))
        .execute();
      const blocked = new Map(dead.map(({ key }) => [key, 0]));
      for (const { key, count } of parked) blocked.set(key, Number(count));
      return blocked;
    },
    async due({ consumer, producer, generation }, now, limit) {
      const asked = { consumer, producer, generation, now };
      const { rows } = await selectDue(db, asked, { list: [], limit });
      return rows.map(toParked);
    },
    async outlook({ consumer, producer, generation }) {
      const lane = { consumer, producer, generation };
      const [row] = (await selectOutlook(db, lane)).rows;
      return { nextAt: row?.nextAt ?? undefined, oldestAt: row?.oldestAt ?? undefined };
    },
  };
}

function asFound({ consumer, producer, generation, pos, attempts, deaths }: ParkedEvent) {
  return { consumer, producer, generation, pos, attempts, deaths };
}

interface Release {
  readonly lane: Lane;
  readonly now: number;
  readonly key: string;
}

async function releaseKey(db: Kysely<PlatformTables>, { lane, now, key }: Release): Promise<void> {
  const { consumer, producer, generation } = lane;
  const own = { consumer, producer, generation, key };
  const first = await db
    .selectFrom('portico_parked')
    .select(['pos', 'next_at'])
    .where(({ and }) => and(own))
    .orderBy('pos')
    .limit(1)
    .executeTakeFirst();
  if (!first || first.next_at !== null) return;
  const dead = await db
    .selectFrom('portico_dead_letter')
    .select('letter')
    .where(({ and }) => and({ ...own, blocks: 1 }))
    .limit(1)
    .executeTakeFirst();
  if (dead) return;
  await db
    .updateTable('portico_parked')
    .set({ next_at: now })
    .where(({ and }) => and({ consumer, producer, generation, pos: first.pos }))
    .execute();
}

function toRow(event: ParkedEvent): ParkedTable {
  const { consumer, producer, generation, pos, id, topic, key, envelope, at } = event;
  const { runKey, attempts, deaths, nextAt } = event;
  const row = { consumer, producer, generation, pos, id, topic, key, envelope, at };
  return { ...row, run_key: runKey, attempts, deaths, next_at: nextAt };
}

function toParked({ run_key, next_at, ...row }: Selectable<ParkedTable>): ParkedEvent {
  return { ...row, runKey: run_key, nextAt: next_at };
}
