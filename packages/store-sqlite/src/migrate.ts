import type { Host } from '@portico/host';
import {
  type AppliedMigration,
  BACKFILL_ROWS_MAX,
  type Migration,
  migrationChecksum,
  PLATFORM_MIGRATIONS,
  pendingMigrations,
  type SchemaState,
  windowAfter,
} from '@portico/store/spi';
import type { Connection } from './connection.ts';
import { toNeutralError } from './engine-error.ts';

/** What `migrate` needs to know. */
export interface MigrateOptions {
  readonly connection: Connection;
  readonly service: string;
  readonly migrations: readonly Migration[];
  readonly host: Host;
}

/** 100 million rows: a backfill that goes on longer changes the same rows again and again. */
const BACKFILL_BATCHES_MAX = 200_000;

const scriptOf = (migration: Migration) => migration.up.sqlite;

/**
 * Brings a store to its code's schema: the platform's tables, the owner's name, then what is missing, each
 * migration in a transaction of its own. Holding the write lock it looks again, so that of several
 * processes that start together one applies each.
 *
 * @throws {Error} when the store is another service's, an applied migration was edited, the schema serves
 * only newer code, or a script fails.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { connection, migrations, host } = options;
  immediate(connection, () => establish(options));
  for (;;) {
    const next = immediate(connection, () => {
      const [migration] = pendingMigrations(migrations, readState(connection), scriptOf);
      if (migration && migration.kind !== 'backfill')
        apply(connection, migration, host.clock.now());
      return migration;
    });
    if (!next) return;
    if (next.kind === 'backfill') await backfill(options, next);
  }
}

function establish({ connection, service, host }: MigrateOptions): void {
  establishPlatform(connection);
  const insert = connection.raw.prepare('INSERT OR IGNORE INTO portico_meta VALUES (?, ?)');
  insert.run('service', service);
  insert.run('logId', host.ids.uuid());
  insert.run('version', '0');
  insert.run('oldest', '0');
  const owner = readMeta(connection).get('service');
  if (owner !== service) throw new Error(`It is the store of "${owner}", not of "${service}".`);
}

/** The platform's own tables. A newer release may have more of them: they only ever add. */
function establishPlatform(connection: Connection): void {
  const tables = "SELECT 1 FROM sqlite_schema WHERE name = 'portico_meta'";
  const isNew = connection.raw.prepare(tables).get() === undefined;
  const version = isNew ? 0 : Number(readMeta(connection).get('platform') ?? 0);
  for (const migration of PLATFORM_MIGRATIONS) {
    if (migration.version <= version) continue;
    connection.script(migration.up.sqlite, 'platform');
    connection.raw
      .prepare("INSERT OR REPLACE INTO portico_meta VALUES ('platform', ?)")
      .run(String(migration.version));
  }
}

function readMeta(connection: Connection): Map<string, string> {
  const rows = connection.raw.prepare('SELECT key, value FROM portico_meta').all();
  return new Map(rows.map((row) => [String(row.key), String(row.value)]));
}

function readState(connection: Connection): SchemaState {
  const meta = readMeta(connection);
  const rows = connection.raw
    .prepare('SELECT version, name, checksum FROM portico_migration ORDER BY version')
    .all();
  const applied = rows.map(
    (row): AppliedMigration => ({
      version: Number(row.version),
      name: String(row.name),
      checksum: String(row.checksum),
    }),
  );
  const state = {
    version: Number(meta.get('version')),
    oldest: Number(meta.get('oldest')),
    applied,
  };
  if (applied.length !== state.version) {
    throw new Error(
      `It says that it has schema ${state.version}, but remembers ${applied.length} migrations. ` +
        'Somebody changed the portico_ tables; restore a backup.',
    );
  }
  return state;
}

function apply(connection: Connection, migration: Migration, now: number): void {
  try {
    connection.script(scriptOf(migration), 'migration');
    assertTables(connection);
  } catch (error) {
    throw failed(migration, error);
  }
  record(connection, migration, now);
}

async function backfill(options: MigrateOptions, migration: Migration): Promise<void> {
  const { connection, host, migrations } = options;
  for (let batch = 0; batch < BACKFILL_BATCHES_MAX; batch++) {
    const done = immediate(connection, () => {
      const pending = pendingMigrations(migrations, readState(connection), scriptOf);
      // Another process was faster with the rest.
      if (pending[0]?.version !== migration.version) return true;
      if (runBatch(connection, migration) > 0) return false;
      record(connection, migration, host.clock.now());
      return true;
    });
    if (done) return;
    await new Promise<void>((resolve) => host.timers.after(0, resolve));
  }
  const message = `it still changes rows after ${BACKFILL_BATCHES_MAX} batches.`;
  throw failed(migration, new Error(message));
}

function runBatch(connection: Connection, migration: Migration): number {
  try {
    const changed = connection.change(scriptOf(migration), 'migration');
    if (changed > BACKFILL_ROWS_MAX) {
      throw new Error(`it changed ${changed} rows at once; limit it to ${BACKFILL_ROWS_MAX}.`);
    }
    return changed;
  } catch (error) {
    throw failed(migration, error);
  }
}

function record(connection: Connection, migration: Migration, now: number): void {
  const meta = readMeta(connection);
  const before = { version: Number(meta.get('version')), oldest: Number(meta.get('oldest')) };
  const after = windowAfter(before, migration);
  const { version, name, kind } = migration;
  connection.raw
    .prepare('INSERT INTO portico_migration VALUES (?, ?, ?, ?, ?)')
    .run(version, name, kind, migrationChecksum(migration, scriptOf(migration)), now);
  const update = connection.raw.prepare('UPDATE portico_meta SET value = ? WHERE key = ?');
  update.run(String(after.version), 'version');
  update.run(String(after.oldest), 'oldest');
}

/** Two things SQLite allows and this driver can't keep its promises with. */
function assertTables(connection: Connection): void {
  const loose = connection.raw
    .prepare(
      `SELECT name FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  const [table] = loose;
  if (table)
    throw new Error(`table "${table.name}" is not STRICT; write CREATE TABLE … (…) STRICT.`);
  const deferred = connection.raw
    .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE '%INITIALLY%DEFERRED%'")
    .get();
  if (deferred) {
    throw new Error(
      `table "${deferred.name}" defers a foreign key to the COMMIT, which several calls share here.`,
    );
  }
}

function immediate<T>(connection: Connection, work: () => T): T {
  try {
    connection.control('BEGIN IMMEDIATE');
    const value = work();
    connection.control('COMMIT');
    return value;
  } catch (error) {
    if (connection.inTransaction) connection.control('ROLLBACK');
    throw toNeutralError(error, 'a migration');
  }
}

function failed(migration: Migration, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Migration ${migration.version} "${migration.name}" failed: ${reason}`, {
    cause,
  });
}
