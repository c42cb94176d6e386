import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepared } from '@portico/store';
import type { Migration } from '@portico/store/spi';
import type { Kysely } from 'kysely';
import { inPlace } from './fixture.ts';

interface Tables {
  account: { id: string; balance: number };
}
const ACCOUNTS: Migration = {
  version: 1,
  name: 'accounts',
  kind: 'expand',
  up: { sqlite: 'CREATE TABLE account (id TEXT NOT NULL PRIMARY KEY, balance INTEGER) STRICT' },
};

test('writes a limit into the text, where SQLite does not plan anew for each value', () =>
  inPlace(async ({ open }) => {
    const db = (await open([ACCOUNTS])).read as Kysely<Tables>;
    const query = db.selectFrom('account').selectAll().where('balance', '>', 3).limit(5);
    const { sql, parameters } = query.compile();
    assert.match(sql, /"balance" > \? limit 5$/);
    assert.deepEqual(parameters, [3]);
  }));

test('runs a prepared query on any handle, with the input of each run, built once', () =>
  inPlace(async ({ open, host }) => {
    const store = await open([ACCOUNTS]);
    let built = 0;
    const byId = prepared((db: Kysely<Tables>, { id }: { readonly id: string }) => {
      built++;
      return db.selectFrom('account').select('balance').where('id', '=', id);
    });
    const add = prepared((db: Kysely<Tables>, row: Tables['account']) => {
      const { id, balance } = row;
      return db.insertInto('account').values({ id, balance });
    });
    const deadline = host.clock.monotonic() + 5_000;
    await store.transaction(
      async (tx) => {
        const db = tx.db as Kysely<Tables>;
        assert.equal((await add(db, { id: 'a', balance: 1 })).numAffectedRows, 1n);
        await add(db, { id: 'b', balance: 2 });
        assert.deepEqual((await byId(db, { id: 'b' })).rows, [{ balance: 2 }]);
      },
      { deadline },
    );
    const db = store.read as Kysely<Tables>;
    assert.deepEqual((await byId(db, { id: 'a' })).rows, [{ balance: 1 }]);
    assert.deepEqual((await byId(db, { id: 'c' })).rows, []);
    assert.equal(built, 1);
  }));
