import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Outside } from '@portico/testing';
import * as z from 'zod';

/** How often the job runs. */
export const PERIOD_MS = 2_000;

/** Counts up, once per tick. */
export const Ticker = api('ticker', {
  version: '1.0.0',
  summary: 'Counts.',
  operations: {
    list: operation({
      summary: 'The numbers that were counted, in order.',
      effect: 'safe',
      output: z.object({ numbers: z.array(z.int()) }),
    }),
  },
});

interface TickerTables {
  counter: { id: number; value: number };
  counted: { number: number };
}

const store = sqlStore<TickerTables>({
  migrations: [
    {
      version: 1,
      name: 'counter',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;
          CREATE TABLE counted (number INTEGER NOT NULL) STRICT;
          INSERT INTO counter VALUES (1, 0);`,
      },
    },
  ],
});

/** How the job behaves at the moment, and what it did. */
export interface TickerMood {
  /** It takes this long at most between reading and writing. */
  workMs: number;
  /** Hears of each run that begins: in which process, at what true time. */
  begun(process: object): void;
}

/**
 * A job that reads a number, thinks, and writes the next one: right only when nobody else does that between,
 * and when one that was thought dead writes nothing any more.
 */
export function createTicker(mood: TickerMood, { host: process }: Outside) {
  return service(Ticker)({
    store,
    operations: {
      async list(_, { store: db }) {
        const rows = await db.selectFrom('counted').select('number').execute();
        return { numbers: rows.map(({ number }) => number) };
      },
    },
    every: {
      '2s': async ({ store: db, transaction, timers, random }) => {
        mood.begun(process);
        const { value } = await db.selectFrom('counter').selectAll().executeTakeFirstOrThrow();
        await timers.sleep(random.float() * mood.workMs);
        await transaction(async ({ db }) => {
          await db
            .insertInto('counted')
            .values({ number: value + 1 })
            .execute();
          await db
            .updateTable('counter')
            .set({ value: value + 1 })
            .execute();
        });
      },
    },
  });
}
