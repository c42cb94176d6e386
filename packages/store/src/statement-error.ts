/** Why an engine refused a statement, the same word on every engine. */
export type StatementErrorCode =
  /** A unique index or primary key has such a row already. */
  | 'unique'
  | 'foreign-key'
  | 'not-null'
  | 'check'
  /** A value of the wrong type for its column, or a parameter that no column can hold. */
  | 'type'
  /** An integer beyond ±(2^53 − 1), which a JavaScript number can't hold exactly. */
  | 'out-of-range'
  /** A write through the read-only handle. */
  | 'read-only'
  /** The statement is the platform's business: transactions, pragmas, other databases. */
  | 'forbidden'
  /** Anything else: wrong SQL, unknown tables. */
  | 'other';

/** What an engine said beside the reason. */
export interface StatementErrorDetails {
  readonly table?: string;
  /** The columns of the constraint, as far as the engine names them. */
  readonly columns?: readonly string[];
  /** Names of constraints or indexes that are meant. Several, where the engine can't tell which. */
  readonly constraints?: readonly string[];
  readonly cause?: unknown;
}

/** A statement that its engine refused. The transaction goes on unless the error leaves it. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly code: StatementErrorCode;
  readonly details: StatementErrorDetails;

  constructor(code: StatementErrorCode, message: string, details: StatementErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/**
 * Whether `error` says that a unique index or primary key has such a row already. With `on`, only for
 * that constraint: its name, or its columns in any order, each as `column` or `table.column`.
 *
 * @example
 * if (isUniqueViolation(error, ['order.cart_id', 'order.cart_version'])) throw CartAlreadyOrdered();
 */
export function isUniqueViolation(error: unknown, on?: string | readonly string[]): boolean {
  if (!(error instanceof StatementError) || error.code !== 'unique') return false;
  if (on === undefined) return true;
  const { constraints = [], columns = [], table } = error.details;
  const asked = typeof on === 'string' ? [on] : on;
  if (asked.length === 1 && constraints.some((name) => name === asked[0])) return true;
  const names = (column: string, other: string) =>
    other === column || other === `${table}.${column}`;
  return (
    asked.length === columns.length &&
    columns.every((column) => asked.some((other) => names(column, other)))
  );
}
