// How many transactions a store commits in a second, alone and with others in flight: node bench/store.ts
// `insert` writes one row with Kysely; `keyed` is a whole keyed call: row, event and outcome. `bare` is
// node:sqlite without Portico: BEGIN IMMEDIATE, one prepared INSERT, COMMIT. All with synchronous = FULL.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createHost } from '@portico/host';
import { sqlStore } from '@portico/store';
import type { Migration, OpenStore, StoreTransaction } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import type { Kysely } from 'kysely';

const ROUNDS = 5;
const ROUND_MS = 600;
const TABLE = 'CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) STRICT';

interface Tables {
  item: { id: string; count: number };
}

const host = createHost();
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'portico-bench-'));
const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const migrations: Migration[] = [
  { version: 1, name: 'item', kind: 'expand', up: { sqlite: TABLE } },
];
const definition = sqlStore<never>({ migrations });
const location = { service: 'bench', dataDirectory: directory, host, log };
const store = await sqliteDriver.open(definition, location);

const insert = (transaction: StoreTransaction) =>
  (transaction.db as Kysely<Tables>)
    .insertInto('item')
    .values({ id: host.ids.uuid(), count: 1 })
    .execute();

const work = {
  insert,
  async keyed(transaction: StoreTransaction) {
    await insert(transaction);
    const id = host.ids.uuid();
    await transaction.append({ id, topic: 'Bench', key: id, envelope: '{"specversion":"1.0"}' });
    const outcome = { kind: 'value', value: { id } } as const;
    const key = { scope: 'consumer:bench', operation: 'bench.insert', key: id, hash: id };
    await transaction.recordOutcome({ ...key, outcome, origin: 'consumer' });
  },
};

async function measure(run: () => Promise<unknown>, inFlight: number): Promise<number> {
  const startedAt = host.clock.monotonic();
  let done = 0;
  const loop = async () => {
    while (host.clock.monotonic() - startedAt < ROUND_MS) {
      await run();
      done++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return (done * 1_000) / (host.clock.monotonic() - startedAt);
}

const transact = (open: OpenStore, each: (transaction: StoreTransaction) => Promise<unknown>) =>
  open.transaction(each, { deadline: host.clock.monotonic() + 60_000 });

const bare = new DatabaseSync(join(directory, 'bare.db'));
bare.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${TABLE}`);
const statement = bare.prepare('INSERT INTO item VALUES (?, ?)');
const cases = new Map<string, () => Promise<number>>();
cases.set('bare, alone', () =>
  measure(async () => {
    bare.exec('BEGIN IMMEDIATE');
    statement.run(host.ids.uuid(), 1);
    bare.exec('COMMIT');
  }, 1),
);
for (const inFlight of [1, 16, 64]) {
  for (const [name, each] of Object.entries(work)) {
    cases.set(`${name}, ${inFlight}`, () => measure(() => transact(store, each), inFlight));
  }
}

const results = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of cases) results.set(name, [...(results.get(name) ?? []), await run()]);
}
for (const [name, rates] of results) {
  const sorted = rates.map(Math.round).sort((a, b) => a - b);
  console.log(name.padEnd(14), `median ${sorted[2]}/s`, `(${sorted[0]} to ${sorted.at(-1)})`);
}
await store.close();
bare.close();
rmSync(directory, { recursive: true, force: true });
