import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ACCOUNTS, account, accounts, reading, soon } from '@portico/store/spi';
import { sql } from 'kysely';
import { inPlace } from './fixture.ts';

const WRITER = fileURLToPath(new URL('./fixture-writer.ts', import.meta.url));

function startWriter(directory: string, ...task: string[]) {
  return spawn(process.execPath, [WRITER, directory, ...task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Kills a writer with SIGKILL as soon as it has told of `count` commits; answers with all it told of. */
async function killAfter(directory: string, count: number): Promise<string[]> {
  const writer = startWriter(directory, 'open');
  const told: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    told.push(line);
    if (told.length === count) writer.kill('SIGKILL');
  }
  return told;
}

test('keeps what was acknowledged, whole, when the process is killed in the middle', async () => {
  await inPlace(async (place) => {
    const acknowledged: string[] = [];
    for (const count of [1, 37, 150, 333]) {
      acknowledged.push(...(await killAfter(place.directory, count)));
      const store = await place.open([ACCOUNTS]);
      const db = reading(store);
      const rows = await db.selectFrom('account').select('id').execute();
      const ids = new Set(rows.map((row) => row.id));
      const lost = acknowledged.filter((id) => !ids.has(id));
      assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged are lost`);
      const events = await db.selectFrom('portico_outbox').select('id').execute();
      assert.deepEqual(new Set(events.map((row) => row.id)), ids);
      const outcomes = await db.selectFrom('portico_outcome').select('key').execute();
      assert.deepEqual(new Set(outcomes.map((row) => row.key)), ids);
      // `pragma_integrity_check` is not for services; counting over every index shows as much here.
      const counted = await sql<{
        n: number;
      }>`SELECT count(*) AS n FROM account INDEXED BY one_account`.execute(db);
      assert.equal(counted.rows[0]?.n, ids.size);
      await store.close();
    }
  });
});

test('lets several processes write one store without losing an update', async () => {
  await inPlace(async (place) => {
    const store = await place.open([ACCOUNTS]);
    await store.transaction(
      (transaction) =>
        accounts(transaction).insertInto('account').values(account('shared')).execute(),
      soon(place),
    );
    const writers = [1, 2, 3].map(() => startWriter(place.directory, 'deposit', '60'));
    const codes = await Promise.all(writers.map((writer) => once(writer, 'exit')));
    assert.deepEqual(
      codes.map(([code]) => code),
      [0, 0, 0],
    );
    const row = await reading(store).selectFrom('account').select('balance').executeTakeFirst();
    assert.deepEqual(row, { balance: 180 });
  });
});
