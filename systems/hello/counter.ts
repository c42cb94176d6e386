import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Generated } from 'kysely';
import { Counter, Stock } from './contracts.ts';

interface Tables {
  purchase: { number: Generated<number>; buyer: string; sku: string; quantity: number };
}

const store = sqlStore<Tables>({
  migrations: [
    {
      version: 1,
      name: 'purchases',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE purchase (
          number INTEGER PRIMARY KEY, buyer TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL
        ) STRICT`,
      },
    },
  ],
});

/** The service behind {@link Counter}. It reaches stock by its contract, wherever stock runs. */
export const counter = service(Counter)({
  uses: { stock: Stock },
  store,
  operations: {
    async buy({ sku, quantity }, { uses, transaction, subject }) {
      // Called under this purchase's key, so a repeated purchase takes nothing twice.
      const { available } = await uses.stock.take({ sku, quantity });
      return transaction(async ({ db }) => {
        const { number } = await db
          .insertInto('purchase')
          .values({ buyer: subject(), sku, quantity })
          .returning('number')
          .executeTakeFirstOrThrow();
        return { number, left: available };
      });
    },
  },
});
