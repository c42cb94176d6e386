import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { api, error, event, Failure, operation } from '@portico/contract';
import { createHost } from '@portico/host';
import { createRuntime, type Runtime } from '@portico/runtime';
import { type Caller, type Logger, service } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { OpenStore } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import { AT_EASE } from '@portico/testing';
import { sql } from 'kysely';
import * as z from 'zod';

const SoldOut = error({ status: 409, summary: 'Sold out.', data: z.object({ left: z.int() }) });
const Stock = api('stock', {
  version: '1.2.0',
  summary: 'What is on hand.',
  operations: {
    take: operation({
      summary: 'Takes some.',
      exposure: 'public',
      access: 'anyone',
      effect: 'keyed',
      input: z.object({ sku: z.string().max(40), count: z.int().min(1) }),
      output: z.object({ left: z.int() }),
      errors: { SoldOut },
    }),
    giveBack: operation({ summary: 'Undoes a take.', effect: 'keyed', undoes: 'take' }),
    read: operation({
      summary: 'Reads.',
      effect: 'safe',
      input: z.object({ sku: z.string().max(40) }),
      output: z.object({ left: z.int() }),
    }),
  },
  events: {
    Taken: event({
      summary: 'Some were taken.',
      key: 'sku',
      payload: z.object({ sku: z.string() }),
    }),
  },
});
const Orders = api('orders', {
  version: '1.0.0',
  summary: 'Takes from the stock.',
  operations: {
    place: operation({
      summary: 'Places one.',
      exposure: 'public',
      access: 'signedIn',
      effect: 'keyed',
      input: z.object({ sku: z.string().max(40) }),
      output: z.object({ orderId: z.string() }),
      errors: { SoldOut },
    }),
    forget: operation({
      summary: 'Forgets what a caller was answered.',
      effect: 'idempotent',
      input: z.object({ subject: z.string(), inTransaction: z.boolean() }),
      output: z.object({ count: z.int() }),
    }),
  },
});

interface StockTables {
  readonly stock: { readonly sku: string; readonly left: number };
}
interface OrderTables {
  readonly orders: { readonly id: string; readonly sku: string };
}

const migration = (sqlite: string) => [
  { version: 1, name: 'tables', kind: 'expand' as const, up: { sqlite } },
];
const stock = service(Stock)({
  store: sqlStore<StockTables>({
    migrations: migration(
      `CREATE TABLE stock (sku TEXT PRIMARY KEY, left INTEGER NOT NULL) STRICT;
       INSERT INTO stock VALUES ('one', 1), ('many', 1000);`,
    ),
  }),
  operations: {
    async take({ sku, count }, { transaction }) {
      return transaction(async ({ db, publish }) => {
        const { left } = await db
          .updateTable('stock')
          .set(({ eb }) => ({ left: eb('left', '-', count) }))
          .where('sku', '=', sku)
          .returning('left')
          .executeTakeFirstOrThrow();
        await publish('Taken', { sku });
        // The statement above is undone with the event: only the error is kept.
        if (left < 0) throw SoldOut({ left: left + count });
        return { left };
      });
    },
    async giveBack(_input, { transaction, undone }) {
      assert.ok(undone);
      await transaction(({ db }) =>
        db
          .updateTable('stock')
          .set(({ eb }) => ({ left: eb('left', '+', 1) }))
          .where('sku', '=', 'many')
          .execute(),
      );
      return undefined;
    },
    async read({ sku }, { store }) {
      return store
        .selectFrom('stock')
        .select('left')
        .where('sku', '=', sku)
        .executeTakeFirstOrThrow();
    },
  },
});
const orders = service(Orders)({
  uses: { stock: Stock },
  store: sqlStore<OrderTables>({
    migrations: migration('CREATE TABLE orders (id TEXT PRIMARY KEY, sku TEXT NOT NULL) STRICT;'),
  }),
  operations: {
    async place({ sku }, { uses, transaction, ids }) {
      await uses.stock.take({ sku, count: 1 });
      const orderId = ids.prefixed('ord');
      return transaction(async ({ db }) => {
        await db.insertInto('orders').values({ id: orderId, sku }).execute();
        return { orderId };
      });
    },
    async forget({ subject, inTransaction }, { forgetCaller, transaction }) {
      const forget = () => forgetCaller(subject);
      return { count: inTransaction ? await transaction(forget) : await forget() };
    },
  },
});

const lines: string[] = [];
const note = (fields: object, message: string) => {
  const { err } = fields as { readonly err?: unknown };
  lines.push(`${message} ${err instanceof Error ? err.stack : ''}`);
};
const log: Logger = {
  debug: () => {},
  info: () => {},
  warn: note,
  error: note,
  child: () => log,
};
const ada: Caller = { subject: 'user:ada', permissions: new Set(), via: 'test' };

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const thrown = await call.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  assert.ok(thrown instanceof Failure, `ended without a failure: ${String(thrown)}`);
  return thrown;
}

describe('a runtime on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'portico-'));
  const host = createHost();
  const stores: OpenStore[] = [];
  let runtime: Runtime;

  before(async () => {
    const place = async (one: typeof stock | typeof orders) => {
      const location = { service: one.name, dataDirectory: directory, host, log };
      const store = await sqliteDriver.open(one.spec.store as never, location);
      stores.push(store);
      return { service: one, store, config: undefined };
    };
    const services = [await place(stock), await place(orders)];
    // A hundred at once are to meet in the store, not to queue in front of it.
    runtime = createRuntime({ system: 'test', host, log, services, policies: AT_EASE });
    await runtime.start();
  });
  after(async () => {
    await runtime.drain();
    rmSync(directory, { recursive: true, force: true });
  });

  const client = () => runtime.client(Stock, { caller: ada });
  const inner = () => runtime.client(Stock, { caller: ada, from: 'orders' });
  const left = async (sku: string) => (await inner().read({ sku })).left;

  it('takes once per key, however often and however concurrently it is asked', async () => {
    const start = await left('many');
    const key = 'concurrent';
    const calls = Array.from({ length: 20 }, () =>
      inner().take({ sku: 'many', count: 2 }, { key }),
    );
    const answers = await Promise.all(calls);
    assert.deepEqual(new Set(answers.map((answer) => answer.left)), new Set([start - 2]));
    assert.deepEqual(await inner().take({ sku: 'many', count: 2 }, { key }), { left: start - 2 });
    const mismatch = await failureOf(inner().take({ sku: 'many', count: 3 }, { key }));
    assert.equal(mismatch.code, 'key-mismatch');
    assert.equal(await left('many'), start - 2);
  });

  it('undoes effect and event of a declared error, and answers it again', async () => {
    await client().take({ sku: 'one', count: 1 }, { key: 'first' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const failure = await failureOf(client().take({ sku: 'one', count: 1 }, { key: 'second' }));
      assert.ok(SoldOut.is(failure));
      assert.deepEqual(failure.details.data, { left: 0 });
    }
    assert.equal(await left('one'), 0);
  });

  it('sells exactly what there is to a hundred at once', async () => {
    const start = await left('many');
    const place = runtime.client(Orders, { caller: ada }).place;
    const keys = Array.from({ length: 100 }, (_, index) => `order-${index}`);
    const ids = await Promise.all(keys.map((key) => place({ sku: 'many' }, { key })));
    assert.equal(new Set(ids.map(({ orderId }) => orderId)).size, 100);
    assert.equal(await left('many'), start - 100);
    const again = await Promise.all(keys.map((key) => place({ sku: 'many' }, { key })));
    assert.deepEqual(again, ids);
    assert.equal(await left('many'), start - 100);
    const sold = await Promise.allSettled(
      keys.map((key) => place({ sku: 'one' }, { key: `one-${key}` })),
    );
    assert.ok(sold.every((end) => end.status === 'rejected' && SoldOut.is(end.reason)));
  });

  it('undoes what was done, and refuses what is undone before it is done', async () => {
    const start = await left('many');
    const { take, giveBack } = inner();
    await take({ sku: 'many', count: 1 }, { key: 'saga' });
    await giveBack({}, { key: 'saga/undo', undoes: 'saga' });
    await giveBack({}, { key: 'saga/undo', undoes: 'saga' });
    assert.equal(await left('many'), start);
    await giveBack({}, { key: 'late/undo', undoes: 'late' });
    const late = await failureOf(take({ sku: 'many', count: 1 }, { key: 'late' }));
    assert.equal(late.code, 'key-mismatch');
    assert.equal(await left('many'), start);
  });

  it('forgets what a person was answered, and still does nothing twice', async () => {
    const eve: Caller = { ...ada, subject: 'user:eve' };
    const { place } = runtime.client(Orders, { caller: eve });
    const { forget } = runtime.client(Orders, { caller: ada, from: 'customers' });
    const start = await left('many');
    const first = await place({ sku: 'many' }, { key: 'eve' });
    assert.deepEqual(await place({ sku: 'many' }, { key: 'eve' }), first);
    const inside = await failureOf(forget({ subject: 'user:eve', inTransaction: true }));
    assert.equal(inside.code, 'transaction-in-transaction');
    const outside = { subject: 'user:eve', inTransaction: false };
    assert.deepEqual(await forget(outside), { count: 1 });
    assert.deepEqual(await forget(outside), { count: 0 });
    const again = await failureOf(place({ sku: 'many' }, { key: 'eve' }));
    assert.equal(again.code, 'key-mismatch');
    assert.match(again.message, /erased/);
    assert.equal(await left('many'), start - 1);
    lines.length = 0;
  });

  it('keeps each event once, with its effect', async () => {
    const [store] = stores;
    assert.ok(store);
    const before = await eventsIn(store);
    await inner().take({ sku: 'many', count: 1 }, { key: 'evented' });
    await inner().take({ sku: 'many', count: 1 }, { key: 'evented' });
    await failureOf(inner().take({ sku: 'one', count: 1 }, { key: 'evented-too' }));
    assert.equal(await eventsIn(store), before + 1);
    assert.deepEqual(lines, []);
  });
});

/** How many events the log of a store holds. */
async function eventsIn(store: OpenStore): Promise<number> {
  const query = sql<{ count: number }>`SELECT count(*) AS count FROM portico_outbox`;
  const { rows } = await query.execute(store.read as never);
  return rows[0]?.count ?? 0;
}
