import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { inPlace } from './fixture.ts';
import { setJournalMode, setReadingPragmas, setWritingPragmas } from './pragmas.ts';

const read = (db: DatabaseSync, names: readonly string[]) =>
  names.map((name) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);

test('flushes every commit, checks foreign keys and trusts no schema, on both connections', async () => {
  await inPlace(async ({ directory }) => {
    const file = join(directory, 'store.db');
    const writing = new DatabaseSync(file);
    setJournalMode(writing);
    setWritingPragmas(writing);
    const reading = new DatabaseSync(file, { readOnly: true });
    setReadingPragmas(reading);
    const names = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'query_only'];
    assert.deepEqual(read(writing, names), ['wal', 2, 1, 0, 0]);
    assert.deepEqual(read(reading, names), ['wal', 2, 1, 0, 1]);
    assert.deepEqual(read(writing, ['journal_size_limit']), [64 * 1024 * 1024]);
    reading.close();
    writing.close();
  });
});

test('refuses to go on when SQLite does not take a setting', () => {
  // A store in memory has no log to write ahead.
  const memory = new DatabaseSync(':memory:');
  assert.throws(() => setJournalMode(memory), /did not take PRAGMA journal_mode: wanted wal/);
  assert.throws(() => setReadingPragmas(memory), /journal_mode: wanted wal, it says memory/);
  memory.close();
});
