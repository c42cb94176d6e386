import { api, error, operation } from '@portico/contract';
import { service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Generated } from 'kysely';
import * as z from 'zod';

/** Accounts are numbered from 0. */
export const ACCOUNTS = 8;
/** What each of them holds in the beginning. */
export const OPENING_BALANCE = 100;

const NotEnough = error({
  status: 409,
  summary: 'There is not enough on the account.',
  data: z.object({ balance: z.int() }),
});
const Transfer = z.object({
  id: z.string(),
  from: z.int().min(0).max(7),
  to: z.int().min(0).max(7),
  amount: z.int().min(1),
});

/** Money moves between accounts and is never made or lost. */
export const Bank = api('bank', {
  version: '1.0.0',
  summary: 'Eight accounts.',
  operations: {
    transfer: operation({
      summary: 'Moves money.',
      effect: 'keyed',
      input: Transfer,
      output: z.object({ number: z.int(), balance: z.int() }),
      errors: { NotEnough },
    }),
    takeBack: operation({
      summary: 'Undoes a transfer.',
      effect: 'keyed',
      undoes: 'transfer',
      input: z.object({ id: z.string() }),
    }),
    total: operation({
      summary: 'What all accounts hold together.',
      effect: 'safe',
      output: z.object({ total: z.int() }),
    }),
    ledger: operation({
      summary: 'All accounts and transfers, in order.',
      effect: 'safe',
      output: z.object({
        balances: z.array(z.int()),
        transfers: z.array(Transfer.extend({ number: z.int(), undone: z.int() })),
      }),
    }),
  },
});

interface BankTables {
  account: { id: number; balance: number };
  transfer: {
    number: Generated<number>;
    id: string;
    from_account: number;
    to_account: number;
    amount: number;
    undone: number;
  };
}

const OPENING = Array.from({ length: ACCOUNTS }, (_, id) => `(${id}, ${OPENING_BALANCE})`);
const store = sqlStore<BankTables>({
  migrations: [
    {
      version: 1,
      name: 'accounts',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT;
          CREATE TABLE transfer (number INTEGER PRIMARY KEY, id TEXT NOT NULL,
            from_account INTEGER NOT NULL, to_account INTEGER NOT NULL, amount INTEGER NOT NULL,
            undone INTEGER NOT NULL) STRICT;
          INSERT INTO account VALUES ${OPENING.join(', ')};`,
      },
    },
  ],
});

/** A bank that debits first and refuses afterwards: what it did by then has to be undone with it. */
export const bank = service(Bank)({
  store,
  operations: {
    transfer({ id, from, to, amount }, { transaction }) {
      return transaction(async ({ db }) => {
        const move = (account: number, by: number) =>
          db
            .updateTable('account')
            .set(({ eb }) => ({ balance: eb('balance', '+', by) }))
            .where('id', '=', account)
            .returning('balance')
            .executeTakeFirstOrThrow();
        const { balance } = await move(from, -amount);
        const { number } = await db
          .insertInto('transfer')
          .values({ id, from_account: from, to_account: to, amount, undone: 0 })
          .returning('number')
          .executeTakeFirstOrThrow();
        if (balance < 0) throw NotEnough({ balance: balance + amount });
        await move(to, amount);
        return { number, balance };
      });
    },
    async takeBack({ id }, { transaction }) {
      await transaction(async ({ db }) => {
        const found = await db
          .updateTable('transfer')
          .set({ undone: 1 })
          .where('id', '=', id)
          .where('undone', '=', 0)
          .returning(['from_account', 'to_account', 'amount'])
          .execute();
        for (const { from_account, to_account, amount } of found) {
          await db
            .updateTable('account')
            .set(({ eb }) => ({ balance: eb('balance', '+', amount) }))
            .where('id', '=', from_account)
            .execute();
          await db
            .updateTable('account')
            .set(({ eb }) => ({ balance: eb('balance', '-', amount) }))
            .where('id', '=', to_account)
            .execute();
        }
      });
    },
    async total(_, { store: db }) {
      const rows = await db.selectFrom('account').select('balance').execute();
      return { total: rows.reduce((sum, { balance }) => sum + balance, 0) };
    },
    async ledger(_, { store: db }) {
      const accounts = await db.selectFrom('account').selectAll().orderBy('id').execute();
      const rows = await db.selectFrom('transfer').selectAll().orderBy('number').execute();
      return {
        balances: accounts.map(({ balance }) => balance),
        transfers: rows.map(({ from_account: from, to_account: to, ...row }) => ({
          ...row,
          from,
          to,
        })),
      };
    },
  },
});
