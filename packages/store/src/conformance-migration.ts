import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { ConformanceCase, ConformanceSetup } from './conformance-case.ts';
import { ACCOUNTS, account, accounts, reading, soon } from './conformance-schema.ts';
import type { Migration } from './migration.ts';

const ADD_NOTE: Migration = {
  version: 2,
  name: 'note',
  kind: 'expand',
  up: {
    sqlite: 'ALTER TABLE account ADD COLUMN note TEXT',
    postgres: 'ALTER TABLE account ADD COLUMN note text',
  },
};

const FILL =
  "UPDATE account SET note = 'none' WHERE id IN (SELECT id FROM account WHERE note IS NULL LIMIT 500)";
const FILL_NOTE: Migration = {
  version: 3,
  name: 'fill note',
  kind: 'backfill',
  up: { sqlite: FILL, postgres: FILL },
};

const DROP = 'ALTER TABLE account DROP COLUMN note';
const DROP_NOTE: Migration = {
  version: 3,
  name: 'drop note',
  kind: 'contract',
  requires: 2,
  up: { sqlite: DROP, postgres: DROP },
};

/** Migrations and the window of code that a schema serves. */
export const migrationConformance: readonly ConformanceCase[] = [
  { name: 'applies each migration once, also when replicas start together', run: appliesOnce },
  { name: 'fills in batches and remembers that it has', run: backfills },
  { name: 'refuses a store whose applied migration was edited', run: refusesEdited },
  { name: 'serves older code inside the window and refuses it below', run: keepsWindow },
  { name: 'leaves nothing of a migration that fails', run: leavesNothing },
];

async function appliesOnce(setup: ConformanceSetup): Promise<void> {
  const stores = await Promise.all([1, 2, 3].map(() => setup.open([ACCOUNTS, ADD_NOTE])));
  for (const store of stores) {
    const db = reading(store);
    const applied = await db.selectFrom('portico_migration').select(['version', 'name']).execute();
    assert.deepEqual(applied, [
      { version: 1, name: 'accounts' },
      { version: 2, name: 'note' },
    ]);
    const meta = await db.selectFrom('portico_meta').selectAll().execute();
    const facts = new Map(meta.map((row) => [row.key, row.value]));
    assert.equal(facts.get('version'), '2');
    assert.equal(facts.get('oldest'), '0');
    assert.match(facts.get('logId') ?? '', /^[0-9a-f-]{36}$/);
  }
}

async function backfills(setup: ConformanceSetup): Promise<void> {
  const before = await setup.open([ACCOUNTS, ADD_NOTE]);
  const rows = Array.from({ length: 1_201 }, (_, index) => account(`a${index}`));
  await before.transaction(async (transaction) => {
    const db = accounts(transaction);
    for (const row of rows) await db.insertInto('account').values(row).execute();
  }, soon(setup));
  const after = await setup.open([ACCOUNTS, ADD_NOTE, FILL_NOTE]);
  const count = sql<{ n: number }>`SELECT count(*) AS n FROM account WHERE note = 'none'`;
  const counted = await count.execute(reading(after));
  assert.equal(Number(counted.rows[0]?.n), rows.length);
  await setup.open([ACCOUNTS, ADD_NOTE, FILL_NOTE]);
}

async function refusesEdited(setup: ConformanceSetup): Promise<void> {
  await setup.open([ACCOUNTS]);
  const { up } = ACCOUNTS;
  const edits: readonly Migration[] = [
    { ...ACCOUNTS, name: 'konten' },
    { ...ACCOUNTS, kind: 'contract', requires: 1 },
    { ...ACCOUNTS, up: { sqlite: `${up.sqlite} `, postgres: `${up.postgres} ` } },
  ];
  for (const edited of edits) {
    await assert.rejects(setup.open([edited]), /Migration 1 .* is not what was applied/);
  }
  await setup.open([ACCOUNTS]);
}

async function keepsWindow(setup: ConformanceSetup): Promise<void> {
  await setup.open([ACCOUNTS, ADD_NOTE, DROP_NOTE]);
  await setup.open([ACCOUNTS, ADD_NOTE]);
  const tooOld = /built for schema 1, but the store's schema 3 serves only code for 2 or newer/;
  await assert.rejects(setup.open([ACCOUNTS]), tooOld);
}

async function leavesNothing(setup: ConformanceSetup): Promise<void> {
  const script = 'CREATE TABLE other (id INTEGER PRIMARY KEY); SELECT nothing FROM nowhere;';
  const wrong: Migration = { ...ADD_NOTE, up: { sqlite: script, postgres: script } };
  await assert.rejects(setup.open([ACCOUNTS, wrong]), /Migration 2 "note" failed: .*nowhere/);
  const store = await setup.open([ACCOUNTS, ADD_NOTE]);
  await assert.rejects(sql`SELECT * FROM other`.execute(reading(store)), /other/);
}
