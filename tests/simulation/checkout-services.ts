import { api, error, operation } from '@portico/contract';
import { pivot, saga, service, step } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { Kysely } from 'kysely';
import * as z from 'zod';

/** Pieces of the one thing that is sold, and money of the one who buys. */
export const PIECES = 6;
export const MONEY = 500;

const OutOfStock = error({ status: 409, summary: 'There is not enough of it.' });
const NoMoney = error({ status: 402, summary: 'There is not enough money.' });
const NotConfirmed = error({ status: 409, summary: 'It was decided against.' });
const Order = z.object({ order: z.string(), amount: z.int() });

/** Things that are held for an order, then sold or given back; money is the same to it. */
const holding = {
  hold: operation({
    summary: 'Holds for an order.',
    effect: 'keyed',
    input: Order,
    output: z.object({ left: z.int() }),
    errors: { OutOfStock, NoMoney },
  }),
  release: operation({ summary: 'Gives it back.', effect: 'keyed', undoes: 'hold', input: Order }),
  take: operation({ summary: 'Takes what is held.', effect: 'keyed', input: Order }),
  count: operation({
    summary: 'What is there, held and taken.',
    effect: 'safe',
    output: z.object({
      free: z.int(),
      holds: z.array(Order.extend({ state: z.string() })),
    }),
  }),
};
/** What is sold. */
export const Stock = api('stock', { version: '1.0.0', summary: 'Stock.', operations: holding });
/** What it is paid with. */
export const Wallet = api('wallet', { version: '1.0.0', summary: 'Money.', operations: holding });

/** Where things are bought. */
export const Orders = api('orders', {
  version: '1.0.0',
  summary: 'Orders.',
  operations: {
    place: operation({
      summary: 'Places an order.',
      effect: 'keyed',
      input: z.object({
        order: z.string(),
        pieces: z.int(),
        price: z.int(),
        isWanted: z.boolean(),
      }),
      output: z.object({ order: z.string() }),
    }),
    list: operation({
      summary: 'All orders.',
      effect: 'safe',
      output: z.object({
        orders: z.array(
          z.object({ id: z.string(), state: z.string(), pieces: z.int(), price: z.int() }),
        ),
        decisions: z.array(z.object({ order_id: z.string(), state: z.string() })),
      }),
    }),
  },
});

interface HoldingTables {
  free: { id: number; amount: number };
  hold: { order_id: string; amount: number; state: string };
}

function createHoldingStore(amount: number) {
  return sqlStore<HoldingTables>({
    migrations: [
      {
        version: 1,
        name: 'holds',
        kind: 'expand',
        up: {
          sqlite: `CREATE TABLE free (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
            CREATE TABLE hold (order_id TEXT NOT NULL, amount INTEGER NOT NULL,
              state TEXT NOT NULL) STRICT;
            INSERT INTO free VALUES (1, ${amount});`,
        },
      },
    ],
  });
}

function createHolding<A extends typeof Stock | typeof Wallet>(
  contract: A,
  store: ReturnType<typeof createHoldingStore>,
  refuse: () => Error,
) {
  return service(contract as typeof Stock)({
    store,
    operations: {
      hold({ order, amount }, { transaction }) {
        return transaction(async ({ db }) => {
          const { amount: left } = await db
            .updateTable('free')
            .set(({ eb }) => ({ amount: eb('amount', '-', amount) }))
            .returning('amount')
            .executeTakeFirstOrThrow();
          await db.insertInto('hold').values({ order_id: order, amount, state: 'held' }).execute();
          // After the effect, which has to be undone with it.
          if (left < 0) throw refuse();
          return { left };
        });
      },
      async release({ order, amount }, { transaction }) {
        await transaction(async ({ db }) => {
          await db
            .updateTable('free')
            .set(({ eb }) => ({ amount: eb('amount', '+', amount) }))
            .execute();
          await db
            .updateTable('hold')
            .set({ state: 'released' })
            .where('order_id', '=', order)
            .execute();
        });
      },
      async take({ order }, { transaction }) {
        await transaction(async ({ db }) => {
          await db
            .updateTable('hold')
            .set(({ eb, ref }) => ({
              state: eb
                .case()
                .when(ref('state'), '=', 'held')
                .then('taken')
                .else('taken wrong')
                .end(),
            }))
            .where('order_id', '=', order)
            .execute();
        });
      },
      async count(_, { store: db }) {
        const { amount } = await db.selectFrom('free').selectAll().executeTakeFirstOrThrow();
        const rows = await db.selectFrom('hold').selectAll().execute();
        const holds = rows.map(({ order_id: order, amount, state }) => ({ order, amount, state }));
        return { free: amount, holds };
      },
    },
  });
}

interface OrdersTables {
  orders: { id: string; state: string; pieces: number; price: number };
  /** One row per decision; the same twice is two rows. */
  decision: { order_id: string; state: string };
}

async function decide(db: Kysely<OrdersTables>, order: string, state: string): Promise<void> {
  await db.updateTable('orders').set({ state }).where('id', '=', order).execute();
  await db.insertInto('decision').values({ order_id: order, state }).execute();
}
const ordersStore = sqlStore<OrdersTables>({
  migrations: [
    {
      version: 1,
      name: 'orders',
      kind: 'expand',
      up: {
        sqlite: `CREATE TABLE orders (id TEXT PRIMARY KEY, state TEXT NOT NULL,
            pieces INTEGER NOT NULL, price INTEGER NOT NULL) STRICT;
          CREATE TABLE decision (order_id TEXT NOT NULL, state TEXT NOT NULL) STRICT;`,
      },
    },
  ],
});

const Data = z.object({
  order: z.string(),
  pieces: z.int(),
  price: z.int(),
  isWanted: z.boolean(),
});

const checkout = saga(
  'checkout',
  {
    api: Orders,
    uses: { stock: Stock, wallet: Wallet },
    data: Data,
    store: ordersStore,
    undone: ({ order }, { db }) => decide(db, order, 'failed'),
  },
  [
    step('reserve', {
      do: async ({ order, pieces }, { uses }) =>
        void (await uses.stock.hold({ order, amount: pieces })),
      undo: async ({ order, pieces }, { uses }) =>
        void (await uses.stock.release({ order, amount: pieces })),
    }),
    step('authorize', {
      do: async ({ order, price }, { uses }) =>
        void (await uses.wallet.hold({ order, amount: price })),
      undo: async ({ order, price }, { uses }) =>
        void (await uses.wallet.release({ order, amount: price })),
    }),
    pivot('confirm', async ({ order, isWanted }, { db }) => {
      await decide(db, order, 'confirmed');
      if (!isWanted) throw NotConfirmed();
    }),
    step('capture', {
      do: async ({ order, price }, { uses }) =>
        void (await uses.wallet.take({ order, amount: price })),
    }),
    step('commit', {
      do: async ({ order, pieces }, { uses }) =>
        void (await uses.stock.take({ order, amount: pieces })),
    }),
  ],
);

/** Orders, stock and wallet. */
export const checkoutServices = [
  createHolding(Stock, createHoldingStore(PIECES), () => OutOfStock()),
  createHolding(Wallet, createHoldingStore(MONEY), () => NoMoney()),
  service(Orders)({
    uses: { stock: Stock, wallet: Wallet },
    store: ordersStore,
    sagas: { checkout },
    operations: {
      place({ order, pieces, price, isWanted }, { transaction }) {
        return transaction(async ({ db, start }) => {
          await db
            .insertInto('orders')
            .values({ id: order, state: 'new', pieces, price })
            .execute();
          await start(checkout, { id: order, data: { order, pieces, price, isWanted } });
          return { order };
        });
      },
      async list(_, { store: db }) {
        const orders = await db.selectFrom('orders').selectAll().execute();
        return { orders, decisions: await db.selectFrom('decision').selectAll().execute() };
      },
    },
  }),
];
