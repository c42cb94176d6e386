import type { HandleOf } from '@portico/service';
import type { Kysely } from 'kysely';
import { sqlStore } from './sql-store.ts';

interface Tables {
  account: { id: string; balance: number };
}

const store = sqlStore<Tables>({ migrations: [] });

/** Handlers get Kysely with the tables of their own store. */
export async function readsTyped(db: HandleOf<typeof store>): Promise<number[]> {
  const same: Kysely<Tables> = db;
  const rows = await same.selectFrom('account').select('balance').execute();
  // @ts-expect-error: no such table
  same.selectFrom('order');
  // @ts-expect-error: no such column
  same.selectFrom('account').select('owner');
  // @ts-expect-error: a balance is a number
  same.insertInto('account').values({ id: 'a', balance: 'much' });
  return rows.map((row) => row.balance);
}
