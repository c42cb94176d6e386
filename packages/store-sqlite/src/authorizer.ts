import { constants } from 'node:sqlite';
import { PLATFORM_PREFIX } from '@portico/store/spi';

/** Who a statement is prepared for; decides what it may do. */
export type StatementOrigin = 'platform' | 'migration' | 'service';

/** Pragmas that only describe. FTS5 and R*Tree ask for the last two themselves. */
const DESCRIBING_PRAGMAS: ReadonlySet<string> = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
  'data_version',
  'page_size',
]);

const WRITES: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
  constants.SQLITE_ALTER_TABLE,
  constants.SQLITE_CREATE_TABLE,
  constants.SQLITE_DROP_TABLE,
]);

/**
 * What SQLite asks before it prepares a statement (sqlite.org/c3ref/set_authorizer.html). Nobody opens
 * other files; transactions, savepoints, settings and the platform's tables are the platform's.
 */
export function createAuthorizer(origin: () => StatementOrigin) {
  return (action: number, first: string | null, second: string | null): number =>
    isDenied(action, origin(), [first, second]) ? constants.SQLITE_DENY : constants.SQLITE_OK;
}

type Names = readonly [first: string | null, second: string | null];

function isDenied(action: number, origin: StatementOrigin, [first, second]: Names): boolean {
  if (action === constants.SQLITE_ATTACH || action === constants.SQLITE_DETACH) return true;
  if (origin === 'platform') return false;
  if (action === constants.SQLITE_TRANSACTION || action === constants.SQLITE_SAVEPOINT) return true;
  if (action === constants.SQLITE_PRAGMA) return !DESCRIBING_PRAGMAS.has(first ?? '');
  if (action === constants.SQLITE_FUNCTION) return second === 'load_extension';
  if (!WRITES.has(action)) return false;
  // SQLITE_ALTER_TABLE names the database first, the table second.
  const table = action === constants.SQLITE_ALTER_TABLE ? second : first;
  return table?.toLowerCase().startsWith(PLATFORM_PREFIX) ?? false;
}
