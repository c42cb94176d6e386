import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '@portico/contract';
import {
  StatementError,
  type StatementErrorCode,
  type StatementErrorDetails,
} from '@portico/store';

/** Primary result codes of SQLite (sqlite.org/rescode.html); the low byte of an extended one. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const AUTH = 23;
const NOTADB = 26;

const CONSTRAINTS: ReadonlyMap<number, StatementErrorCode> = new Map([
  [275, 'check'],
  [787, 'foreign-key'],
  [1299, 'not-null'],
  [1555, 'unique'],
  [2067, 'unique'],
  [2579, 'unique'],
  [3091, 'type'],
]);

/** Whether SQLite refused because another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error) & 0xff;
  return code === BUSY || code === LOCKED;
}

/**
 * What SQLite threw for `sql`, in the words of every engine. What the statement is to blame for becomes a
 * {@link StatementError}, what the machine is to blame for a {@link Failure}.
 */
export function toNeutralError(error: unknown, sql: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ERR_OUT_OF_RANGE') {
    const message =
      'The result has an integer beyond ±(2^53 − 1), which a number can not hold. Store it as text.';
    return new StatementError('out-of-range', `${message} In: ${sql}`, { cause: error });
  }
  if (error.code === 'ERR_INVALID_ARG_TYPE') {
    return new StatementError('type', `${error.message} In: ${sql}`, { cause: error });
  }
  const code = resultCodeOf(error);
  return code === 0 ? error : (machineError(error, code) ?? statementError(error, code, sql));
}

function machineError(cause: Error, code: number): Failure | undefined {
  switch (code & 0xff) {
    case FULL:
      return new Failure('OVERLOADED', 'store-full', 'The disk of the store is full.', { cause });
    case BUSY:
    case LOCKED:
      return new Failure('OVERLOADED', 'store-busy', 'The store is busy.', { cause });
    case IOERR:
    case CORRUPT:
    case CANTOPEN:
    case NOTADB:
      return new Failure('UNAVAILABLE', 'store-failed', 'The store can not be used.', { cause });
    default:
      return undefined;
  }
}

function statementError(cause: Error, code: number, sql: string): StatementError {
  const constraint = CONSTRAINTS.get(code);
  if (constraint) {
    const place = placeOf(cause.message, constraint);
    return new StatementError(constraint, cause.message, { ...place, cause });
  }
  if ((code & 0xff) === READONLY) {
    const message = `This handle only reads; write with the one that \`transaction\` gives. In: ${sql}`;
    return new StatementError('read-only', message, { cause });
  }
  if ((code & 0xff) === AUTH) {
    const message =
      'Transactions, pragmas, other files and the tables of the platform (portico_…) are not for the ' +
      `statements of a service, and its schema is only for its migrations. In: ${sql}`;
    return new StatementError('forbidden', message, { cause });
  }
  return new StatementError('other', `${cause.message}. In: ${sql}`, { cause });
}

/**
 * SQLite names the columns of a unique index that refused, PostgreSQL its name: this adds the names of the
 * unique indexes on exactly those columns, so that services can ask either way.
 */
export function withIndexNames(db: DatabaseSync, error: unknown): unknown {
  if (!(error instanceof StatementError) || error.code !== 'unique') return error;
  const { table, columns } = error.details;
  if (table === undefined || columns === undefined) return error;
  const rows = db
    .prepare(
      `SELECT list.name FROM pragma_index_list(?) AS list JOIN pragma_index_info(list.name) AS info
       WHERE list."unique" = 1 GROUP BY list.name
       HAVING group_concat(info.name, ',' ORDER BY info.seqno) = ?`,
    )
    .all(table, columns.join(','));
  const constraints = rows.map((row) => String(row.name));
  return new StatementError(error.code, error.message, { ...error.details, constraints });
}

/** `UNIQUE constraint failed: order.cart_id, order.cart_version`, or `…: index 'one_open_order'`. */
function placeOf(message: string, code: StatementErrorCode): StatementErrorDetails {
  const place = /constraint failed: (.*)$/.exec(message)?.[1];
  if (!place) return {};
  // Here it is the constraint's name, or its expression.
  if (code === 'check') return { constraints: [place] };
  const index = /^index '(.*)'$/.exec(place)?.[1];
  if (index) return { constraints: [index] };
  const names = place.split(', ').map((name) => name.split('.'));
  const table = names[0]?.length === 2 ? names[0][0] : undefined;
  if (table === undefined) return { constraints: [place] };
  return { table, columns: names.map(([, column]) => column ?? '') };
}

function resultCodeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : 0;
}
