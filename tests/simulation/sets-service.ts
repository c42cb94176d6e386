import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import * as z from 'zod';

const Element = z.object({ element: z.string() });

/** A set that only grows. */
export const Sets = api('sets', {
  version: '1.0.0',
  summary: 'A set.',
  operations: {
    add: operation({ summary: 'Adds an element.', effect: 'idempotent', input: Element }),
    append: operation({ summary: 'Adds an element, each time.', effect: 'unsafe', input: Element }),
    read: operation({
      summary: 'All elements.',
      effect: 'safe',
      output: z.object({ elements: z.array(z.string()) }),
    }),
  },
});

const store = sqlStore<{ element: { name: string } }>({
  migrations: [
    {
      version: 1,
      name: 'elements',
      kind: 'expand',
      up: { sqlite: 'CREATE TABLE element (name TEXT NOT NULL) STRICT' },
    },
  ],
});

/** The service behind {@link Sets}. */
export const sets = service(Sets)({
  store,
  operations: {
    async add({ element }, { transaction }) {
      await transaction(async ({ db }) => {
        const found = await db
          .selectFrom('element')
          .selectAll()
          .where('name', '=', element)
          .execute();
        if (found.length === 0) await db.insertInto('element').values({ name: element }).execute();
      });
    },
    async append({ element }, { transaction }) {
      await transaction(({ db }) => db.insertInto('element').values({ name: element }).execute());
    },
    async read(_, { store: db }) {
      const rows = await db.selectFrom('element').select('name').execute();
      return { elements: rows.map(({ name }) => name) };
    },
  },
});
