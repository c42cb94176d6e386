import { DatabaseSync } from 'node:sqlite';
import type { Host } from '@portico/host';
import type { SqlStoreDefinition } from '@portico/store';
import type { OpenStore, StoreDriver, StoreLocation } from '@portico/store/spi';
import { Connection, type ConnectionOptions, type OpenDatabase } from './connection.ts';
import { isBusy } from './engine-error.ts';
import { migrate } from './migrate.ts';
import { setJournalMode, setReadingPragmas, setWritingPragmas } from './pragmas.ts';
import { SqliteStore } from './sqlite-store.ts';
import { prepareStoreFile } from './store-file.ts';

/** At the start and for reading, SQLite itself waits for a lock. */
const WAITING_BUSY_TIMEOUT_MS = 5_000;
/** Two processes that make a store at once switch its journal mode at once; SQLite refuses one of them. */
const SWITCH_ATTEMPTS_MAX = 100;
const SWITCH_RETRY_MS = 50;

/** What a driver may be told. */
export interface SqliteDriverOptions {
  /** Opens the connections below a store; simulations bring ones that fail. Default: Node's own. */
  readonly openDatabase?: OpenDatabase;
}

/** Stores on embedded SQLite: one file per service, `<dataDirectory>/<service>/store.db`. */
export function createSqliteDriver(options: SqliteDriverOptions = {}): StoreDriver {
  const { openDatabase = (file, how) => new DatabaseSync(file, how) } = options;
  return {
    engine: 'sqlite',
    async open(definition, location) {
      const { service, dataDirectory } = location;
      try {
        const file = prepareStoreFile(service, dataDirectory);
        return await openStore(definition, location, { file, openDatabase });
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const where = `the store of "${service}" in ${dataDirectory}/${service}`;
        throw new Error(`Cannot open ${where}: ${reason}`, { cause });
      }
    },
  };
}

/** {@link createSqliteDriver} on Node's own connections. */
export const sqliteDriver: StoreDriver = createSqliteDriver();

async function openStore(
  definition: SqlStoreDefinition<never>,
  { service, host, log }: StoreLocation,
  place: Pick<ConnectionOptions, 'file' | 'openDatabase'>,
): Promise<OpenStore> {
  const options = { ...place, clock: host.clock, log, busyTimeoutMs: WAITING_BUSY_TIMEOUT_MS };
  const opened: Connection[] = [];
  const connect = (more: Pick<ConnectionOptions, 'readOnly'>) => {
    const connection = new Connection({ ...options, ...more });
    opened.push(connection);
    return connection;
  };
  try {
    const writing = connect({ readOnly: false });
    await switchToLog(writing, host);
    setWritingPragmas(writing.raw);
    const { migrations } = definition;
    await migrate({ connection: writing, service, migrations, host });
    const reading = connect({ readOnly: true });
    setReadingPragmas(reading.raw);
    // From here on the event loop does not stand still for a lock: writing is tried again instead.
    writing.script('PRAGMA busy_timeout = 0', 'platform');
    return new SqliteStore({ writing, reading, host, log });
  } catch (error) {
    for (const connection of opened) connection.close();
    throw error;
  }
}

async function switchToLog(connection: Connection, host: Host): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return setJournalMode(connection.raw);
    } catch (error) {
      if (!isBusy(error) || attempt === SWITCH_ATTEMPTS_MAX) throw error;
    }
    await host.timers.sleep(host.random.float() * SWITCH_RETRY_MS);
  }
}
