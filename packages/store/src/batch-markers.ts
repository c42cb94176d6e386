import type { Kysely } from 'kysely';
import type { Lane } from './cursors.ts';
import type { PlatformTables } from './platform-tables.ts';
import { prepared } from './prepared-query.ts';

/** A batch that somebody began to handle and has not ended. */
export interface BatchMarker {
  readonly holder: string;
  /** The last event of the batch. */
  readonly lastPos: number;
  /** The event whose runs are counted, and how many of them were begun. */
  readonly attemptPos: number;
  readonly attempts: number;
}

/**
 * Markers of batches under way: at most one per lane, committed before its first handler runs. One that
 * another holder finds means that a process died with the batch.
 */
export interface BatchMarkers {
  find(lane: Lane): Promise<BatchMarker | undefined>;
  /** Sets the marker, also in place of another one. */
  set(lane: Lane, marker: BatchMarker, now: number): Promise<void>;
  /** Removes the marker, whoever set it. */
  clear(lane: Lane): Promise<void>;
}

interface Row extends Lane, BatchMarker {
  readonly now: number;
}

const upsert = prepared((db: Kysely<PlatformTables>, row: Row) => {
  const { consumer, producer, generation, holder, lastPos, attemptPos, attempts, now } = row;
  const values = { holder, last_pos: lastPos, attempt_pos: attemptPos, attempts, at: now };
  return db
    .insertInto('portico_batch')
    .values({ consumer, producer, generation, ...values })
    .onConflict((conflict) =>
      conflict.columns(['consumer', 'producer', 'generation']).doUpdateSet(values),
    );
});

const remove = prepared((db: Kysely<PlatformTables>, { consumer, producer, generation }: Lane) =>
  db
    .deleteFrom('portico_batch')
    .where('consumer', '=', consumer)
    .where('producer', '=', producer)
    .where('generation', '=', generation),
);

/** The markers behind a handle. */
export function createBatchMarkers(db: Kysely<PlatformTables>): BatchMarkers {
  return {
    async find({ consumer, producer, generation }) {
      const row = await db
        .selectFrom('portico_batch')
        .selectAll()
        .where('consumer', '=', consumer)
        .where('producer', '=', producer)
        .where('generation', '=', generation)
        .executeTakeFirst();
      if (!row) return undefined;
      const { holder, last_pos: lastPos, attempt_pos: attemptPos, attempts } = row;
      return { holder, lastPos, attemptPos, attempts };
    },
    async set({ consumer, producer, generation }, marker, now) {
      await upsert(db, { consumer, producer, generation, ...marker, now });
    },
    async clear({ consumer, producer, generation }) {
      await remove(db, { consumer, producer, generation });
    },
  };
}
