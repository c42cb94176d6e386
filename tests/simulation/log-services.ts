import { api, error, event, operation } from '@portico/contract';
import { reject, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Generated } from 'kysely';
import * as z from 'zod';

const Entry = z.object({ id: z.string(), key: z.string(), isPoison: z.boolean() });
const Refused = error({ status: 409, summary: 'Not this time.', data: z.object({}) });

/** A log per key, whose entries are told to others. */
export const Journal = api('journal', {
  version: '1.0.0',
  summary: 'Logs by key.',
  operations: {
    append: operation({
      summary: 'Appends entries and tells of them; `isRefused`: then takes it all back.',
      effect: 'keyed',
      input: z.object({ entries: z.array(Entry), isRefused: z.boolean() }),
      output: z.object({ count: z.int() }),
      errors: { Refused },
    }),
    acknowledge: operation({
      summary: 'An entry has been heard.',
      effect: 'keyed',
      input: z.object({ id: z.string() }),
    }),
    list: operation({
      summary: 'All entries in order, and who was acknowledged how often.',
      effect: 'safe',
      output: z.object({ entries: z.array(Entry), acknowledged: z.array(z.string()) }),
    }),
  },
  events: {
    Appended: event({ summary: 'There is one more.', key: 'key', payload: Entry }),
    Counted: event({
      summary: 'Nobody hears this.',
      key: 'key',
      payload: z.object({ key: z.string() }),
    }),
  },
});

/** The same logs, as far as they were heard of. */
export const Mirror = api('mirror', {
  version: '1.0.0',
  summary: 'Logs by key, second hand.',
  operations: {
    list: operation({
      summary: 'All entries, in the order in which they were heard.',
      effect: 'safe',
      output: z.object({ entries: z.array(z.object({ id: z.string(), key: z.string() })) }),
    }),
  },
});

interface JournalTables {
  entry: { number: Generated<number>; id: string; key: string; is_poison: number };
  acknowledged: { number: Generated<number>; id: string };
}

interface MirrorTables {
  entry: { number: Generated<number>; id: string; key: string };
}

const journalStore = sqlStore<JournalTables>({
  migrations: [
    {
      version: 1,
      name: 'entries',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL,
            is_poison INTEGER NOT NULL) STRICT;
          CREATE TABLE acknowledged (number INTEGER PRIMARY KEY, id TEXT NOT NULL) STRICT;`,
      },
    },
  ],
});
const mirrorStore = sqlStore<MirrorTables>({
  migrations: [
    {
      version: 1,
      name: 'entries',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT NOT NULL,
            key TEXT NOT NULL) STRICT;`,
      },
    },
  ],
});

/** The service behind {@link Journal}. */
export const journal = service(Journal)({
  store: journalStore,
  operations: {
    append({ entries, isRefused }, { transaction }) {
      return transaction(async ({ db, publish }) => {
        for (const entry of entries) {
          const { id, key, isPoison } = entry;
          await db
            .insertInto('entry')
            .values({ id, key, is_poison: Number(isPoison) })
            .execute();
          await publish('Appended', entry);
          await publish('Counted', { key });
        }
        if (isRefused) throw Refused({});
        return { count: entries.length };
      });
    },
    async acknowledge({ id }, { transaction }) {
      await transaction(({ db }) => db.insertInto('acknowledged').values({ id }).execute());
    },
    async list(_, { store: db }) {
      const rows = await db.selectFrom('entry').selectAll().orderBy('number').execute();
      const heard = await db.selectFrom('acknowledged').select('id').execute();
      return {
        entries: rows.map(({ id, key, is_poison }) => ({ id, key, isPoison: is_poison === 1 })),
        acknowledged: heard.map(({ id }) => id),
      };
    },
  },
});

/** What goes wrong in handlers at the moment. */
export interface Mood {
  failChance: number;
}

/** A service behind {@link Mirror}, whose handler fails as `mood` says. */
export function createMirror(mood: Mood) {
  return service(Mirror)({
    uses: { journal: Journal },
    hears: { journal: Journal },
    store: mirrorStore,
    operations: {
      async list(_, { store: db }) {
        const entries = await db
          .selectFrom('entry')
          .select(['id', 'key'])
          .orderBy('number')
          .execute();
        return { entries };
      },
    },
    on: {
      journal: {
        async Appended({ payload: { id, key, isPoison } }, { uses, random, transaction }) {
          if (isPoison) throw reject('Poison.');
          await uses.journal.acknowledge({ id });
          if (random.float() < mood.failChance) throw new Error('Not in the mood.');
          await transaction(({ db }) => db.insertInto('entry').values({ id, key }).execute());
        },
      },
    },
  });
}
