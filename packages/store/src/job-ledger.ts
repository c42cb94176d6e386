import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-tables.ts';

/** Where a job stands. */
export interface JobState {
  readonly tick: number;
  /** By the clock of whoever planned it. Unix time in ms. */
  readonly dueAt: number;
}

/** Somebody else has begun this run of a job. */
export class TickTaken extends Error {
  override readonly name = 'TickTaken';

  constructor(job: string, tick: number) {
    super(`Run ${tick} of the job "${job}" was begun by another.`);
  }
}

/** The jobs of a store's service. */
export interface JobLedger {
  find(name: string): Promise<JobState | undefined>;
  /** Notes when a job is due for the first time; nothing happens when it is known. */
  plan(name: string, dueAt: number): Promise<void>;
  /**
   * Compare and set: the run after `seen.tick` has begun, and the next one is due at `seen.dueAt`.
   * @throws {TickTaken} when it had been begun before.
   */
  begin(name: string, seen: JobState): Promise<void>;
}

/** The jobs behind a handle. */
export function createJobLedger(db: Kysely<PlatformTables>): JobLedger {
  return {
    async find(name) {
      const row = await db
        .selectFrom('portico_job')
        .select(['tick', 'due_at'])
        .where('name', '=', name)
        .executeTakeFirst();
      return row && { tick: row.tick, dueAt: row.due_at };
    },
    async plan(name, dueAt) {
      await db
        .insertInto('portico_job')
        .values({ name, tick: 0, due_at: dueAt })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
    },
    async begin(name, { tick, dueAt }) {
      const { numUpdatedRows } = await db
        .updateTable('portico_job')
        .set({ tick: tick + 1, due_at: dueAt })
        .where('name', '=', name)
        .where('tick', '=', tick)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new TickTaken(name, tick + 1);
    },
  };
}
