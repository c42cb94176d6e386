/** What a transaction needs of a connection. */
export interface TransactionControl {
  /** Whether a transaction is open; SQLite ends it by itself after some errors. */
  readonly inTransaction: boolean;
  /** Runs BEGIN, COMMIT and the like. Throws what the engine throws. */
  control(sql: string): void;
}

/** What a piece of work came to. */
export type Result =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** What a piece of work can do with the transaction it is part of. */
export interface WriteScope {
  /** @throws {Error} when the transaction has ended, or has gone on for too long. */
  admit(): void;
  /** Runs `work` in a savepoint of its own, undone when it throws. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

/** What the savepoints of a member are made with. */
export interface SavepointOptions {
  readonly isFirst: boolean;
  findBreach(): Error | undefined;
}

/**
 * The savepoints of one member of a group: its own, and those opened within. The first member needs none of its
 * own: undoing it undoes nobody else.
 */
export class SavepointStack implements WriteScope {
  readonly #connection: TransactionControl;
  readonly #isFirst: boolean;
  readonly #findBreach: () => Error | undefined;
  #depth = 0;
  #ended = false;
  #broken: Error | undefined;

  /** @param options - `findBreach`: asked before each statement; why the whole is undone. */
  constructor(connection: TransactionControl, { isFirst, findBreach }: SavepointOptions) {
    this.#connection = connection;
    this.#isFirst = isFirst;
    this.#findBreach = findBreach;
  }

  get ended(): boolean {
    return this.#ended;
  }

  begin(): void {
    if (this.#depth > 0 || !this.#isFirst) this.#connection.control(`SAVEPOINT s${this.#depth}`);
    this.#depth++;
  }

  /**
   * Keeps or undoes everything of this member; afterwards its handle is dead. A first member that is undone takes
   * the transaction with it. Never throws.
   */
  end(asked: Result): Result {
    this.#ended = true;
    const result: Result = asked.ok && this.#broken ? { ok: false, error: this.#broken } : asked;
    // After some errors SQLite has rolled the whole group back; then there is nothing to undo.
    if (this.#depth === 0 || !this.#connection.inTransaction) return result;
    try {
      if (this.#isFirst) {
        if (!result.ok) this.#connection.control('ROLLBACK');
        return result;
      }
      if (!result.ok) this.#connection.control('ROLLBACK TO s0');
      this.#connection.control('RELEASE s0');
      return result;
    } catch (error) {
      // What can't be undone alone is undone with everybody else's.
      if (this.#connection.inTransaction) this.#connection.control('ROLLBACK');
      return result.ok ? { ok: false, error } : result;
    }
  }

  admit(): void {
    if (this.#ended) {
      throw new Error(
        'This transaction has ended, and its handle with it. Await every statement inside of the ' +
          'function given to `transaction`, and read with `store` afterwards.',
      );
    }
    this.#broken ??= this.#findBreach();
    if (this.#broken) throw this.#broken;
    // Without this, the statement would commit by itself.
    if (!this.#connection.inTransaction) {
      throw new Error('An error before this statement made SQLite roll the transaction back.');
    }
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    this.admit();
    const depth = this.#depth;
    this.begin();
    let value: T;
    try {
      value = await work();
    } catch (error) {
      this.#close(depth, false);
      throw error;
    }
    this.#close(depth, true);
    return value;
  }

  #close(depth: number, keep: boolean): void {
    if (this.#ended || !this.#connection.inTransaction) return;
    if (this.#depth !== depth + 1) {
      this.#broken = new Error('Savepoints must end in the reverse order of their beginning.');
      throw this.#broken;
    }
    this.#depth = depth;
    if (!keep) this.#connection.control(`ROLLBACK TO s${depth}`);
    this.#connection.control(`RELEASE s${depth}`);
  }
}
