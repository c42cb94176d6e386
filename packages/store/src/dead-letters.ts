import type { Kysely, Selectable } from 'kysely';
import type { Lane } from './cursors.ts';
import type { DeadLetterTable } from './delivery-tables.ts';
import type { LoggedEvent } from './event-log.ts';
import type { LeftBehind } from './parked-events.ts';
import type { PlatformTables } from './platform-tables.ts';

/** Dead letters that one page lists at most. */
export const DEAD_LETTER_PAGE_MAX = 100;

/** Why an event was given up. */
export type DeathReason =
  /** Its handler failed each time. */
  | 'failed'
  /** Processes died while they handled it. */
  | 'died'
  /** Its data does not fit the consumer's contract. */
  | 'invalid'
  /** Its handler said that no repetition can help. */
  | 'rejected';

/** An event that was given up, with what an operator needs to decide. */
export interface DeadLetter extends Lane, LoggedEvent {
  /** UUIDv7: sorts by the time it was given up. */
  readonly letter: string;
  readonly runKey: string;
  readonly attempts: number;
  readonly reason: DeathReason;
  readonly error: string;
  readonly stack: string;
  /** What ran when it was given up. */
  readonly release: string;
  /** Whether later events of its key wait for a decision. */
  readonly blocks: boolean;
  /** Unix time in ms. */
  readonly diedAt: number;
}

/** Events that were given up, kept until an operator decides. */
export interface DeadLetters {
  add(letter: DeadLetter): Promise<void>;
  find(letter: string): Promise<DeadLetter | undefined>;
  /** The oldest first, at most {@link DEAD_LETTER_PAGE_MAX}, after the letter `after`. */
  page(after: string | undefined, limit: number): Promise<readonly DeadLetter[]>;
  count(lane: Lane): Promise<number>;
  /** Whether it was there. */
  remove(letter: string): Promise<boolean>;
  /** Gives the letters of a lane to the next generation, but those of `topics` after `pos`. */
  handOver(lane: Lane, generation: number, left: LeftBehind): Promise<void>;
}

/** The dead letters behind a handle. */
export function createDeadLetters(db: Kysely<PlatformTables>): DeadLetters {
  return {
    async add(letter) {
      await db.insertInto('portico_dead_letter').values(toRow(letter)).execute();
    },
    async find(letter) {
      const query = db.selectFrom('portico_dead_letter').selectAll().where('letter', '=', letter);
      const row = await query.executeTakeFirst();
      return row && toLetter(row);
    },
    async page(after, limit) {
      const rows = await db
        .selectFrom('portico_dead_letter')
        .selectAll()
        .where('letter', '>', after ?? '')
        .orderBy('letter')
        .limit(Math.min(limit, DEAD_LETTER_PAGE_MAX))
        .execute();
      return rows.map(toLetter);
    },
    async count({ consumer, producer, generation }) {
      const row = await db
        .selectFrom('portico_dead_letter')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where(({ and }) => and({ consumer, producer, generation }))
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async remove(letter) {
      const query = db.deleteFrom('portico_dead_letter').where('letter', '=', letter);
      return (await query.executeTakeFirst()).numDeletedRows === 1n;
    },
    async handOver({ consumer, producer, generation }, next, { topics, since }) {
      const old = { consumer, producer, generation };
      if (topics.length > 0) {
        await db
          .deleteFrom('portico_dead_letter')
          .where(({ eb, and }) => and([and(old), eb('topic', 'in', topics)]))
          .where('pos', '>', since.pos)
          .where('at', '>=', since.at)
          .execute();
      }
      await db
        .updateTable('portico_dead_letter')
        .set({ generation: next })
        .where(({ and }) => and(old))
        .execute();
    },
  };
}

function toRow({ runKey, blocks, diedAt, ...letter }: DeadLetter): DeadLetterTable {
  return { ...letter, run_key: runKey, blocks: blocks ? 1 : 0, died_at: diedAt };
}

function toLetter(row: Selectable<DeadLetterTable>): DeadLetter {
  const { run_key, blocks, died_at, ...rest } = row;
  return { ...rest, runKey: run_key, blocks: blocks === 1, diedAt: died_at };
}
