import { constants as sqlite } from 'node:sqlite';
import { PLATFORM_PREFIX } from '@portico/store/spi';

/** Who a statement is prepared for; decides what it may do. */
export type StatementOrigin = 'platform' | 'migration' | 'service';

/** Pragmas that only describe. Full-text tables ask for the last two themselves. */
const DESCRIBING_PRAGMAS: ReadonlySet<string | null> = new Set([
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

/** What ALTER TABLE asks for itself. */
const MIGRATION_PRAGMAS: ReadonlySet<string | null> = new Set(['quick_check']);

/** Changes of rows: the table is the first name. */
const ROW_CHANGES: ReadonlySet<number> = new Set([
  sqlite.SQLITE_INSERT,
  sqlite.SQLITE_UPDATE,
  sqlite.SQLITE_DELETE,
]);

/** Changes of the schema: the table is the first or the second name. */
const SCHEMA_CHANGES: ReadonlySet<number> = new Set([
  sqlite.SQLITE_ALTER_TABLE,
  sqlite.SQLITE_CREATE_INDEX,
  sqlite.SQLITE_CREATE_TABLE,
  sqlite.SQLITE_CREATE_TEMP_INDEX,
  sqlite.SQLITE_CREATE_TEMP_TABLE,
  sqlite.SQLITE_CREATE_TEMP_TRIGGER,
  sqlite.SQLITE_CREATE_TEMP_VIEW,
  sqlite.SQLITE_CREATE_TRIGGER,
  sqlite.SQLITE_CREATE_VIEW,
  sqlite.SQLITE_CREATE_VTABLE,
  sqlite.SQLITE_DROP_INDEX,
  sqlite.SQLITE_DROP_TABLE,
  sqlite.SQLITE_DROP_TRIGGER,
  sqlite.SQLITE_DROP_VIEW,
  sqlite.SQLITE_DROP_VTABLE,
]);

/**
 * What SQLite asks before it prepares a statement (sqlite.org/c3ref/set_authorizer.html). Nobody opens
 * other files. Transactions, settings and the tables of the platform are the platform's; the schema is
 * the migrations', as on PostgreSQL, where the running service's role has no right to change it.
 */
export function createAuthorizer(origin: () => StatementOrigin) {
  return (action: number, first: string | null, second: string | null): number =>
    isDenied(action, origin(), [first, second]) ? sqlite.SQLITE_DENY : sqlite.SQLITE_OK;
}

type Names = readonly [first: string | null, second: string | null];

function isDenied(action: number, origin: StatementOrigin, names: Names): boolean {
  if (action === sqlite.SQLITE_ATTACH || action === sqlite.SQLITE_DETACH) return true;
  if (origin === 'platform') return false;
  if (action === sqlite.SQLITE_TRANSACTION || action === sqlite.SQLITE_SAVEPOINT) return true;
  if (action === sqlite.SQLITE_FUNCTION) return names[1] === 'load_extension';
  if (action === sqlite.SQLITE_PRAGMA) {
    if (DESCRIBING_PRAGMAS.has(names[0])) return false;
    return origin === 'service' || !MIGRATION_PRAGMAS.has(names[0]);
  }
  if (ROW_CHANGES.has(action)) return isPlatformTable(names[0]);
  if (!SCHEMA_CHANGES.has(action)) return false;
  return origin === 'service' || names.some(isPlatformTable);
}

function isPlatformTable(name: string | null): boolean {
  return name?.toLowerCase().startsWith(PLATFORM_PREFIX) ?? false;
}
