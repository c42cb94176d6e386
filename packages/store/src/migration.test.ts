import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertMigrations,
  type Migration,
  migrationChecksum,
  pendingMigrations,
  windowAfter,
} from './migration.ts';
import { sqlStore } from './sql-store.ts';

const expand = (version: number): Migration => ({
  version,
  name: `step ${version}`,
  kind: 'expand',
  up: { sqlite: `CREATE TABLE t${version} (id INTEGER PRIMARY KEY) STRICT` },
});
const contract = (version: number, requires?: number): Migration => ({
  ...expand(version),
  kind: 'contract',
  ...(requires === undefined ? {} : { requires }),
});
const scriptOf = ({ up }: Migration) => up.sqlite;

/** The state of a store that has all of `migrations`. */
function stateOf(migrations: readonly Migration[]) {
  const applied = migrations.map((each) => ({
    version: each.version,
    name: each.name,
    checksum: migrationChecksum(each, scriptOf(each)),
  }));
  return { ...migrations.reduce(windowAfter, { version: 0, oldest: 0 }), applied };
}

test('takes migrations that are numbered 1, 2, 3', () => {
  const migrations = [expand(1), contract(2, 1), { ...expand(3), kind: 'backfill' as const }];
  assert.deepEqual(sqlStore({ migrations }).migrations, migrations);
  assert.deepEqual(sqlStore({ migrations: [] }).migrations, []);
});

test('lists everything that is wrong with migrations together', () => {
  const wrong = [
    expand(2),
    { ...expand(2), name: ' ' },
    contract(3),
    contract(4, 5),
    { ...expand(5), requires: 1 },
    { ...expand(6), up: { sqlite: '\n' } },
    { ...expand(7), kind: 'drop' as never },
  ];
  assert.throws(
    () => assertMigrations(wrong),
    (error) => {
      assert(error instanceof Error);
      const lines = error.message.split('\n').slice(1);
      const expected = [
        /1 is due/,
        /needs a name/,
        /requires/,
        /requires/,
        /requires/,
        /empty/,
        /drop/,
      ];
      assert.equal(lines.length, expected.length);
      for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
      return true;
    },
  );
});

test('says what is missing, in order', () => {
  const migrations = [expand(1), expand(2), expand(3)];
  const pending = (count: number) =>
    pendingMigrations(migrations, stateOf(migrations.slice(0, count)), scriptOf);
  assert.deepEqual(pending(0), migrations);
  assert.deepEqual(pending(2), [migrations[2]]);
  assert.deepEqual(pending(3), []);
});

test('counts every part of a migration as an edit', () => {
  const before = contract(2, 1);
  const edits: readonly Migration[] = [
    { ...before, name: 'other' },
    contract(2, 2),
    { ...expand(2), name: before.name },
    { ...before, up: { sqlite: `${before.up.sqlite};` } },
  ];
  for (const edited of edits) {
    const state = stateOf([expand(1), before]);
    const start = () => pendingMigrations([expand(1), edited], state, scriptOf);
    assert.throws(start, /Migration 2 .* is not what was applied/);
  }
  const forOtherEngine = { ...before, up: { ...before.up, postgres: 'SELECT 1' } };
  pendingMigrations([expand(1), forOtherEngine], stateOf([expand(1), before]), scriptOf);
});

test('lets older code run on a newer schema until a contract shuts it out', () => {
  const old = [expand(1), expand(2)];
  const newer = [...old, contract(3, 2)];
  assert.deepEqual(pendingMigrations(old, stateOf(newer), scriptOf), []);
  const newest = [...newer, contract(4, 3)];
  assert.throws(
    () => pendingMigrations(old, stateOf(newest), scriptOf),
    /built for schema 2, but the store's schema 4 serves only code for 3 or newer/,
  );
});
