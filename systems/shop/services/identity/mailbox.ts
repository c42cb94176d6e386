import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A mail that was kept instead of being sent. */
export interface KeptMail {
  readonly accountId: string;
  readonly recipient: string;
  readonly template: string;
  readonly token: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The mailbox of a shop, from outside of its process. */
export interface Mailbox {
  /** The newest first. */
  read(): KeptMail[];
  close(): void;
}

/** More than anybody reads. */
const MAILS_MAX = 1_000;

/**
 * Opens the mailbox of the shop whose data lies in `dataDirectory`, read-only: for `shop mailbox` and for
 * tests. It works on the embedded store only.
 */
export function openMailbox(dataDirectory: string): Mailbox {
  const file = join(dataDirectory, 'identity', 'store.db');
  const database = new DatabaseSync(file, { readOnly: true });
  const select = database.prepare(
    'SELECT account_id, recipient, template, token, created_at FROM mail ' +
      'ORDER BY created_at DESC, rowid DESC LIMIT ?',
  );
  return {
    read: () =>
      select.all(MAILS_MAX).map((row) => ({
        accountId: String(row.account_id),
        recipient: String(row.recipient),
        template: String(row.template),
        token: String(row.token),
        at: Number(row.created_at),
      })),
    close: () => database.close(),
  };
}
