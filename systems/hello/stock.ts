import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import { OutOfStock, Stock } from './contracts.ts';

interface Tables {
  level: { sku: string; available: number };
}

const store = sqlStore<Tables>({
  migrations: [
    {
      version: 1,
      name: 'levels',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE level (
          sku TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0)
        ) STRICT`,
      },
    },
  ],
});

/** The service behind {@link Stock}: it owns the levels, and nobody else can open them. */
export const stock = service(Stock)({
  store,
  operations: {
    async getLevel({ sku }, { store: db }) {
      const row = await db
        .selectFrom('level')
        .selectAll()
        .where('sku', '=', sku)
        .executeTakeFirst();
      return { sku, available: row?.available ?? 0 };
    },
    receive({ sku, quantity }, { transaction }) {
      return transaction(({ db }) =>
        db
          .insertInto('level')
          .values({ sku, available: quantity })
          .onConflict((conflict) =>
            conflict
              .column('sku')
              .doUpdateSet((column) => ({ available: column('level.available', '+', quantity) })),
          )
          .returning('available')
          .executeTakeFirstOrThrow(),
      );
    },
    take({ sku, quantity }, { transaction }) {
      return transaction(async ({ db, publish }) => {
        const row = await db
          .selectFrom('level')
          .selectAll()
          .where('sku', '=', sku)
          .executeTakeFirst();
        const available = row?.available ?? 0;
        if (available < quantity) throw OutOfStock({ available });
        const left = available - quantity;
        await db.updateTable('level').set({ available: left }).where('sku', '=', sku).execute();
        if (left === 0) await publish('SoldOut', { sku });
        return { available: left };
      });
    },
  },
});
