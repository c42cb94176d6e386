import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createHost } from '@portico/host';
import { sqlStore } from '@portico/store';
import { sqliteDriver } from '@portico/store-sqlite';
import { createRecordedLog } from '@portico/testing';
import { type Kysely, sql } from 'kysely';
import { migrations } from './migrations.ts';

describe('a store of orders from before the platform carried on its sagas', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'shop-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const open = (of: typeof migrations) =>
    sqliteDriver.open(sqlStore<never>({ migrations: of }), {
      service: 'orders',
      dataDirectory: directory,
      host: createHost(),
      log: createRecordedLog().logger,
    });

  /** One order with its saga in this state, as the first schema has them. */
  const writeOld = async (state: string) => {
    const store = await open(migrations.slice(0, 1));
    const write = async ({ db }: { readonly db: unknown }) => {
      const old = db as Kysely<never>;
      await sql`INSERT INTO orders VALUES ('ord_1', 'acc_1', 'crt_1', 1, 'EUR', 'pending', 'none',
        'open', NULL, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'standard', 'DE', NULL, NULL, NULL, NULL, NULL,
        1, 0, 0, 0)`.execute(old);
      await sql`INSERT INTO saga VALUES ('ord_1', 'ord_1', 'checkout', ${state}, 'close', 'ord_1',
        NULL, 0, 0, 0, NULL, 0)`.execute(old);
    };
    await store.transaction(write, { deadline: Number.POSITIVE_INFINITY });
    await store.close();
  };

  it('keeps its orders, and loses the sagas that have ended', async () => {
    await writeOld('done');
    const store = await open(migrations);
    const db = store.read as Kysely<{ orders: { order_id: string } }>;
    const orders = await db.selectFrom('orders').select('order_id').execute();
    assert.deepEqual(orders, [{ order_id: 'ord_1' }]);
    await assert.rejects(sql`SELECT * FROM saga`.execute(db), /no such table/);
    await store.close();
  });

  it('is not opened while one of its sagas is under way, and says what to do', async () => {
    await writeOld('compensating');
    await assert.rejects(open(migrations), /still under way.*Start that release once more/);
    // Nothing has happened to it: the release that wrote it can still open it.
    await (await open(migrations.slice(0, 1))).close();
  });
});
