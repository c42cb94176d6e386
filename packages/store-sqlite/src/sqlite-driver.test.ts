import assert from 'node:assert/strict';
import { cpSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { StatementError } from '@portico/store';
import { ACCOUNTS, account, accounts, type Migration, reading, soon } from '@portico/store/spi';
import { sql } from 'kysely';
import { inPlace, type Place } from './fixture.ts';
import { assertLocalFileSystem, prepareStoreFile } from './store-file.ts';

const fileOf = (place: Place, service = 'bank') => join(place.directory, service, 'store.db');

test('keeps the file to its own user', async () => {
  await inPlace(async (place) => {
    await place.open([ACCOUNTS]);
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    assert.equal(modeOf(join(place.directory, 'bank')), 0o700);
    for (const suffix of ['', '-wal', '-shm']) assert.equal(modeOf(fileOf(place) + suffix), 0o600);
  });
});

test('refuses to open the store of another service', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    await store.close();
    cpSync(join(place.directory, 'bank'), join(place.directory, 'shop'), { recursive: true });
    const refused = /Cannot open the store of "shop" .*: It is the store of "bank", not of "shop"/;
    await assert.rejects(place.open([ACCOUNTS], 'shop'), refused);
  });
});

test('refuses names that would leave the data directory', async () => {
  await inPlace(async (place) => {
    for (const name of ['..', 'a/b', '', '.hidden']) {
      await assert.rejects(place.open([ACCOUNTS], name), /no name for a service/);
    }
  });
});

test('makes the data directory, however deep and relative to what', async () => {
  await inPlace(async ({ directory }) => {
    for (const parent of ['a/b/c', './d', '.']) {
      const file = prepareStoreFile('bank', join(directory, parent));
      assert.ok(statSync(file).isFile());
      const seenFromHere = relative('.', join(directory, `${parent}/relative`));
      assert.ok(statSync(prepareStoreFile('bank', seenFromHere)).isFile());
    }
  });
});

test('refuses network file systems', () => {
  assert.throws(() => assertLocalFileSystem('/mnt', 0x6969), /network file system \(NFS\)/);
  assert.throws(() => assertLocalFileSystem('/mnt', 0xff534d42), /CIFS/);
  assert.throws(() => assertLocalFileSystem('/mnt', 0xff534d42 | 0), /CIFS/);
  assertLocalFileSystem('/mnt', 0xef53);
});

test('opens no other file and changes no setting for a service', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    await place.open([ACCOUNTS], 'shop');
    const other = fileOf(place, 'shop');
    const statements = [
      `ATTACH '${other}' AS other`,
      'DETACH main',
      `VACUUM INTO '${join(place.directory, 'copy.db')}'`,
      "SELECT load_extension('evil')",
      'PRAGMA synchronous = OFF',
      'PRAGMA query_only = OFF',
      'PRAGMA writable_schema = ON',
    ];
    for (const statement of statements) {
      await assert.rejects(sql.raw(statement).execute(reading(store)), /./, statement);
      const attempt = store.transaction(
        (transaction) => sql.raw(statement).execute(accounts(transaction)),
        soon(place),
      );
      await assert.rejects(attempt, { name: 'StatementError' }, statement);
    }
    const migration: Migration = {
      ...{ version: 2, name: 'attach', kind: 'expand' },
      up: { sqlite: `ATTACH '${other}' AS other` },
    };
    await assert.rejects(place.open([ACCOUNTS, migration]), /not for the statements of a service/);
  });
});

test('writes ahead, and flushes each commit, whatever the file was opened with before', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    const other = new DatabaseSync(fileOf(place));
    assert.deepEqual({ ...other.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
    other.close();
    await store.close();
    const rolledBack = new DatabaseSync(fileOf(place));
    rolledBack.exec('PRAGMA journal_mode = DELETE');
    rolledBack.close();
    await place.open([ACCOUNTS]);
    assert.ok(statSync(`${fileOf(place)}-wal`).isFile());
  });
});

test('waits for a writer in another process without stopping the event loop', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    const other = new DatabaseSync(fileOf(place));
    other.exec('BEGIN IMMEDIATE');
    const { clock, timers } = place.host;
    const insert = (id: string, withinMs: number) =>
      store.transaction(
        (transaction) => accounts(transaction).insertInto('account').values(account(id)).execute(),
        { deadline: clock.monotonic() + withinMs },
      );
    const late = assert.rejects(insert('a', 40), { class: 'OVERLOADED', code: 'store-busy' });
    const patient = insert('b', 10_000);
    let turns = 0;
    const count = () => {
      turns++;
      if (turns < 20) timers.after(1, count);
    };
    count();
    await late;
    assert.ok(turns > 3, `the event loop turned ${turns} times`);
    other.exec('COMMIT');
    other.close();
    await patient;
    const rows = await reading(store).selectFrom('account').select('id').execute();
    assert.deepEqual(rows, [{ id: 'b' }]);
  });
});

test('logs a slow statement with its plan and without its parameters', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    const secret = 'parameter 4711';
    await sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000)
      SELECT count(*) AS total, ${secret} AS secret FROM n`.execute(reading(store));
    const slow = place.logged.find(({ message }) => message === 'slow statement');
    assert.ok(slow);
    const text = JSON.stringify(slow.fields);
    assert.match(text, /RECURSIVE/);
    assert.match(text, /SCAN/);
    assert.ok(!text.includes(secret));
  });
});

test('refuses what SQLite would take and do something else with', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    const db = reading(store);
    await assert.rejects(sql`SELECT 1; SELECT 2`.execute(db), /One statement at a time/);
    await sql`SELECT 1; -- that is all`.execute(db);
    for (const value of [undefined, true, new Date(0), { a: 1 }]) {
      await assert.rejects(sql`SELECT ${value}`.execute(db), { code: 'type' });
    }
    const typed = sql<{ t: string; half: number }>`SELECT typeof(${3}) AS t, ${7} / 2 AS half`;
    assert.deepEqual((await typed.execute(db)).rows, [{ t: 'integer', half: 3 }]);
    const stream = db.selectFrom('account').selectAll().stream();
    await assert.rejects(stream.next(), /does not stream/);
  });
});

test('says which constraint a row has broken', async () => {
  const sqlite = `CREATE TABLE line (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id),
    amount INTEGER NOT NULL CONSTRAINT positive CHECK (amount > 0)) STRICT`;
  const lines: Migration = { version: 2, name: 'lines', kind: 'expand', up: { sqlite } };
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS, lines]);
    const refusal = (values: string) =>
      store.transaction(
        (transaction) =>
          sql.raw(`INSERT INTO line VALUES (${values})`).execute(accounts(transaction)),
        soon(place),
      );
    await assert.rejects(refusal("1, 'none', 5"), { code: 'foreign-key' });
    await assert.rejects(refusal("1, 'none', 0"), { code: 'check' });
    await assert.rejects(refusal('1, NULL, 5'), { code: 'not-null' });
    await assert.rejects(refusal("1, 'none', 'x'"), { code: 'type' });
    await assert.rejects(refusal('1'), { code: 'other' });
    const named = await refusal("1, 'none', 0").catch((error: StatementError) => error);
    assert.ok(named instanceof StatementError);
    assert.deepEqual(named.details.constraints, ['positive']);
  });
});

test('gives back bytes, reals, texts and nulls as they were', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    const bytes = new Uint8Array([0, 255, 7]);
    const query = sql`SELECT ${bytes} AS bytes, ${0.1} AS real, ${'é\0😀'} AS text, ${null} AS missing`;
    const { rows } = await query.execute(reading(store));
    assert.deepEqual(rows, [{ bytes, real: 0.1, text: 'é\0😀', missing: null }]);
  });
});

test('refuses tables that are not STRICT, and foreign keys that wait for the commit', async () => {
  const next = (sqlite: string): Migration[] => [
    ACCOUNTS,
    { version: 2, name: 'next', kind: 'expand', up: { sqlite } },
  ];
  await inPlace(async (place) => {
    const loose = next('CREATE TABLE loose (id INTEGER PRIMARY KEY)');
    await assert.rejects(place.open(loose), /table "loose" is not STRICT/);
    const deferred = next(
      `CREATE TABLE child (id TEXT PRIMARY KEY, of TEXT REFERENCES account (id)
       DEFERRABLE INITIALLY DEFERRED) STRICT`,
    );
    await assert.rejects(place.open(deferred), /"child" defers a foreign key/);
    await place.open(next('CREATE VIRTUAL TABLE words USING fts5(text)'));
  });
});

test('refuses a backfill that changes more than 500 rows at once', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    await store.transaction(async (transaction) => {
      const rows = Array.from({ length: 501 }, (_, index) => account(`a${index}`));
      for (const row of rows)
        await accounts(transaction).insertInto('account').values(row).execute();
    }, soon(place));
    const sqlite = 'UPDATE account SET balance = 1 WHERE balance = 0';
    const backfill: Migration = { version: 2, name: 'fill', kind: 'backfill', up: { sqlite } };
    await assert.rejects(place.open([ACCOUNTS, backfill]), /changed 501 rows at once/);
  });
});

test('leaves the file alone as the whole store when it closes', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    await store.transaction(
      (transaction) => accounts(transaction).insertInto('account').values(account('a')).execute(),
      soon(place),
    );
    await store.close();
    assert.equal(statSync(`${fileOf(place)}-wal`, { throwIfNoEntry: false }), undefined);
    const plain = new DatabaseSync(fileOf(place), { readOnly: true });
    assert.equal(plain.prepare('SELECT id FROM account').get()?.id, 'a');
    plain.close();
  });
});

test('keeps working when there are more statements than it keeps prepared', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 400; n++) {
        const { rows } = await sql.raw<{ n: number }>(`SELECT ${n} AS n`).execute(reading(store));
        assert.equal(rows[0]?.n, n);
      }
    }
  });
});
