import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A mail as its sender's store holds it. */
export interface KeptMail {
  readonly accountId: string;
  readonly recipient: string;
  readonly template: string;
  readonly title: string;
  readonly text: string;
  /** Empty where its link has no secret. */
  readonly token: string;
  /** `kept`, or what SMTP made of it. */
  readonly state: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The mailbox of a shop, from outside of its process. */
export interface Mailbox {
  /** The newest first. */
  read(): KeptMail[];
  close(): void;
}

/** Services that send mail. */
const SENDERS = ['identity', 'notifications'];
/** More than anybody reads. */
const MAILS_MAX = 1_000;
/** A writer's checkpoint may be in the way for a moment. */
const BUSY_MS = 5_000;

/**
 * Opens the mailbox of the shop whose data lies in `dataDirectory`, read-only: for `shop mailbox` and for
 * tests. It works on the embedded store only. A sender without a store has sent nothing.
 */
export function openMailbox(dataDirectory: string): Mailbox {
  const databases = SENDERS.map((service) => join(dataDirectory, service, 'store.db'))
    .filter((file) => existsSync(file))
    .map((file) => new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS }));
  const selects = databases.map((database) =>
    database.prepare('SELECT * FROM mail ORDER BY created_at DESC, rowid DESC LIMIT ?'),
  );
  return {
    read: () =>
      selects
        .flatMap((select) => select.all(MAILS_MAX).map(toMail))
        // Stable: what one sender wrote in one millisecond keeps its order.
        .sort((a, b) => b.at - a.at)
        .slice(0, MAILS_MAX),
    close: () => {
      for (const database of databases) database.close();
    },
  };
}

function toMail(row: Record<string, unknown>): KeptMail {
  const text = (column: string) => String(row[column] ?? '');
  return {
    accountId: text('account_id'),
    recipient: text('recipient'),
    template: text('template'),
    title: text('title'),
    text: text('text'),
    token: text('token'),
    state: text('state'),
    at: Number(row.created_at),
  };
}
