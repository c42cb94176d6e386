import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createHost } from '@portico/host';
import { sqlStore } from '@portico/store';
import { inspectStore } from './inspect-store.ts';
import { sqliteDriver } from './sqlite-driver.ts';

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent } as never;

test('tells schema and sagas of a store that somebody else has open', async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portico-inspect-'));
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }));
  const nothing = { version: 0, oldest: 0, sagas: [] };
  assert.deepEqual(inspectStore('orders', dataDirectory), nothing);

  const up = { sqlite: 'CREATE TABLE note (id TEXT NOT NULL PRIMARY KEY) STRICT' };
  const drop = { sqlite: 'ALTER TABLE note RENAME COLUMN id TO name' };
  const definition = sqlStore<object>({
    migrations: [
      { version: 1, name: 'notes', kind: 'expand', up },
      { version: 2, name: 'names', kind: 'contract', requires: 2, up: drop },
    ],
  });
  const location = { service: 'orders', dataDirectory, host: createHost(), log };
  const store = await sqliteDriver.open(definition as never, location);
  const database = new DatabaseSync(join(dataDirectory, 'orders', 'store.db'));
  const saga = database.prepare(
    `INSERT INTO portico_saga VALUES (NULL, ?, ?, ?, ?, 'reserve', 0, '{}', NULL, NULL, NULL, NULL,
      0, NULL, '', 0, 0, 0, 0, NULL, 0, 0, 0, NULL, ?)`,
  );
  saga.run('a', 'checkout', 1, 'running', null);
  saga.run('b', 'checkout', 2, 'compensating', null);
  saga.run('c', 'checkout', 2, 'running', null);
  saga.run('d', 'checkout', 3, 'done', 1);
  assert.deepEqual(inspectStore('orders', dataDirectory), {
    version: 2,
    oldest: 2,
    sagas: [
      { name: 'checkout', version: 1, count: 1 },
      { name: 'checkout', version: 2, count: 2 },
    ],
  });
  database.close();
  await store.close();
});

test('names a file that is no store', (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portico-inspect-'));
  t.after(() => rmSync(dataDirectory, { recursive: true, force: true }));
  mkdirSync(join(dataDirectory, 'orders'));
  writeFileSync(join(dataDirectory, 'orders', 'store.db'), 'no database at all, '.repeat(100));
  assert.throws(
    () => inspectStore('orders', dataDirectory),
    /Cannot look into the store of "orders" \(.*store\.db\)/,
  );
});
