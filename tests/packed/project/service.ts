import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import { Greeter, NeverGreeted } from './contract.ts';

interface Tables {
  greeted: { name: string; times: number };
}

const store = sqlStore<Tables>({
  migrations: [
    {
      version: 1,
      name: 'greeted',
      kind: 'expand',
      up: {
        sqlite:
          'CREATE TABLE greeted (name TEXT NOT NULL PRIMARY KEY, times INTEGER NOT NULL) STRICT',
      },
    },
  ],
});

export const greeter = service(Greeter)({
  store,
  operations: {
    async greet({ name }, { transaction }) {
      const { times } = await transaction(({ db }) =>
        db
          .insertInto('greeted')
          .values({ name, times: 1 })
          .onConflict((conflict) =>
            conflict.column('name').doUpdateSet((row) => ({ times: row('greeted.times', '+', 1) })),
          )
          .returning('times')
          .executeTakeFirstOrThrow(),
      );
      return { text: `Hello, ${name}!`, times };
    },
    async count({ name }, { store }) {
      const row = await store
        .selectFrom('greeted')
        .select('times')
        .where('name', '=', name)
        .executeTakeFirst();
      if (!row) throw NeverGreeted();
      return row;
    },
  },
});
