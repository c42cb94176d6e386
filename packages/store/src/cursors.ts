import type { Kysely, Selectable } from 'kysely';
import type { CursorTable } from './delivery-tables.ts';
import type { PlatformTables } from './platform-tables.ts';
import { prepared } from './prepared-query.ts';

/** One reading of one log by one consumer. A replay is a new generation beside the one that serves. */
export interface Lane {
  readonly consumer: string;
  readonly producer: string;
  readonly generation: number;
}

/** Where a lane stands. */
export interface Cursor extends Lane {
  readonly logId: string;
  readonly pos: number;
  readonly role: CursorTable['role'];
  /** Replays: events up to this position, or published before this time (Unix, ms), are passed by. */
  readonly startPos: number;
  readonly startAt: number;
}

/** Somebody else has moved the cursor: what this transaction did has been done, or will be, by them. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';

  constructor({ consumer, producer, generation }: Lane) {
    super(`The cursor ${consumer}:${generation} in the log of "${producer}" was moved by another.`);
  }
}

/** The cursors of a store's service. */
export interface Cursors {
  /** All generations, oldest first. */
  list(consumer: string, producer: string): Promise<readonly Cursor[]>;
  /** Nothing happens when it is there already. */
  create(cursor: Cursor, now: number): Promise<void>;
  /**
   * Compare and set: from `cursor.pos` to `pos`.
   * @throws {CursorMoved} when it does not stand there.
   */
  move(cursor: Cursor, pos: number, now: number): Promise<void>;
  /**
   * Compare and set of everything else: another log, another role.
   * @throws {CursorMoved} when it does not stand at `cursor.pos`.
   */
  replace(cursor: Cursor, next: Omit<Cursor, keyof Lane>): Promise<void>;
  /** @throws {CursorMoved} when it does not stand at `cursor.pos`. */
  remove(cursor: Cursor): Promise<void>;
}

interface Move extends Lane {
  readonly pos: number;
  readonly next: number;
  readonly now: number;
}

const moveFrom = prepared((db: Kysely<PlatformTables>, move: Move) =>
  db
    .updateTable('portico_cursor')
    .set({ pos: move.next, moved_at: move.now })
    .where('consumer', '=', move.consumer)
    .where('producer', '=', move.producer)
    .where('generation', '=', move.generation)
    .where('pos', '=', move.pos),
);

/** The cursors behind a handle. */
export function createCursors(db: Kysely<PlatformTables>): Cursors {
  return {
    async list(consumer, producer) {
      const rows = await db
        .selectFrom('portico_cursor')
        .selectAll()
        .where('consumer', '=', consumer)
        .where('producer', '=', producer)
        .orderBy('generation')
        .execute();
      return rows.map(toCursor);
    },
    async create({ consumer, producer, generation, ...cursor }, now) {
      await db
        .insertInto('portico_cursor')
        .values({ consumer, producer, generation, ...toColumns(cursor), moved_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async move(cursor, next, now) {
      const { consumer, producer, generation, pos } = cursor;
      const move = { consumer, producer, generation, pos, next, now };
      const { numAffectedRows } = await moveFrom(db, move);
      if (numAffectedRows !== 1n) throw new CursorMoved(cursor);
    },
    async replace(cursor, next) {
      const { consumer, producer, generation } = cursor;
      const { numUpdatedRows } = await db
        .updateTable('portico_cursor')
        .set(toColumns(next))
        .where('consumer', '=', consumer)
        .where('producer', '=', producer)
        .where('generation', '=', generation)
        .where('pos', '=', cursor.pos)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new CursorMoved(cursor);
    },
    async remove(cursor) {
      const { numDeletedRows } = await db
        .deleteFrom('portico_cursor')
        .where('consumer', '=', cursor.consumer)
        .where('producer', '=', cursor.producer)
        .where('generation', '=', cursor.generation)
        .where('pos', '=', cursor.pos)
        .executeTakeFirst();
      if (numDeletedRows !== 1n) throw new CursorMoved(cursor);
    },
  };
}

function toColumns({ logId, pos, role, startPos, startAt }: Omit<Cursor, keyof Lane>) {
  return { log_id: logId, pos, role, start_pos: startPos, start_at: startAt };
}

function toCursor(row: Selectable<CursorTable>): Cursor {
  const { consumer, producer, generation, pos, role } = row;
  const start = { startPos: row.start_pos, startAt: row.start_at };
  return { consumer, producer, generation, logId: row.log_id, pos, role, ...start };
}
