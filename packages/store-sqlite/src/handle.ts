import {
  DefaultQueryExecutor,
  type Dialect,
  type Driver,
  Kysely,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
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
 * SQLite plans with the value that is bound as a limit, so it prepares such a statement anew each time a value is
 * bound (sqlite.org/c3ref/bind_blob.html): limits stand in the text.
 */
class QueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node;
    if (ValueNode.is(limit) && Number.isSafeInteger(limit.value)) {
      this.append(`limit ${limit.value}`);
    } else {
      super.visitLimit(node);
    }
  }
}

/**
 * The dialect serves Kysely's types only: queries go from the executor to the connection without its
 * pool, mutex and logger, which cost more than SQLite takes for a small statement.
 */
const dialect: Dialect = {
  createDriver: () => refusingDriver,
  createQueryCompiler: () => new QueryCompiler(),
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
  const executor = new DefaultQueryExecutor(new QueryCompiler(), adapter, provider);
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
