import {
  DefaultQueryExecutor,
  type Dialect,
  type Driver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { StatementOrigin } from './authorizer.ts';
import type { Connection } from './connection.ts';

/** What a handle is made for. */
export interface HandleOptions {
  readonly connection: Connection;
  readonly origin: StatementOrigin;
  /** Runs before each statement; throws when the handle may not be used any more. */
  readonly admit: () => void;
}

const adapter = new SqliteAdapter();

/**
 * The dialect serves Kysely's types only: queries go from the executor to the connection without its
 * pool, mutex and logger, which cost more than SQLite takes for a small statement.
 */
const dialect: Dialect = {
  createDriver: () => refusingDriver,
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createAdapter: () => adapter,
  createIntrospector: (db) => new SqliteIntrospector(db),
};

/** A query handle on `connection`. Cheap: each transaction gets its own, which dies with it. */
export function createHandle<Tables>(options: HandleOptions): Kysely<Tables> {
  const { connection, origin, admit } = options;
  const target: Parameters<Parameters<DefaultQueryExecutor['provideConnection']>[0]>[0] = {
    async executeQuery(query) {
      admit();
      return connection.query(query, origin);
    },
    streamQuery() {
      throw new Error(
        'This store does not stream: an open cursor would keep the only reading connection in the ' +
          'past. Page with `limit` and a condition on the last key instead.',
      );
    },
  };
  const provider: ConstructorParameters<typeof DefaultQueryExecutor>[2] = {
    provideConnection: (consumer) => consumer(target),
  };
  const executor = new DefaultQueryExecutor(new SqliteQueryCompiler(), adapter, provider);
  return new Kysely<Tables>({ config: { dialect }, dialect, driver: refusingDriver, executor });
}

const refuseTransaction = async (): Promise<never> => {
  throw new Error(
    "Kysely's own transactions are not for services: use the `transaction` of the handler's context, " +
      'which commits its events and the outcome of the call with it.',
  );
};

/** What Kysely asks of a driver beside queries: all of it is the platform's. */
const refusingDriver: Driver = {
  async init() {},
  async acquireConnection() {
    throw new Error('Connections are not handed out.');
  },
  async releaseConnection() {},
  beginTransaction: refuseTransaction,
  commitTransaction: refuseTransaction,
  rollbackTransaction: refuseTransaction,
  async destroy() {
    throw new Error('The platform opens and closes stores.');
  },
};
