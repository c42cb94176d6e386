import type { Kysely } from 'kysely';

/**
 * `kept`: in the mailbox, for `shop mailbox` to show. `due`: to be sent by SMTP. `failed`: given up, because
 * the server refuses it for good or did not answer for a day.
 */
export type MailState = 'kept' | 'due' | 'sent' | 'failed';

/** A mail as the stores of identity and notifications keep it: outbox and mailbox in one. */
export interface MailRow {
  mail_id: string;
  /** Whose it is: an account or a guest. */
  account_id: string;
  recipient: string;
  template: string;
  /** The secret in its link, where it has one. */
  token: string | null;
  title: string | null;
  text: string | null;
  state: MailState;
  attempts: number;
  /** Unix milliseconds, while it is `due`. */
  next_at: number | null;
  created_at: number;
  sent_at: number | null;
}

/** A query handle on a store that has the table `mail`. */
export type MailDb = Kysely<{ mail: MailRow }>;

/** The handle of a store that has the table beside its own: Kysely's types do not narrow by themselves. */
export function toMailDb<Tables extends { mail: MailRow }>(db: Kysely<Tables>): MailDb {
  return db as unknown as MailDb;
}

/** The table in a store that begins with it. */
export const MAIL_TABLE = `
  CREATE TABLE mail (
    mail_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    token TEXT,
    title TEXT,
    text TEXT,
    state TEXT NOT NULL CHECK (state IN ('kept', 'due', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
  ) STRICT;
  CREATE INDEX mail_created ON mail (created_at);
  CREATE INDEX mail_account ON mail (account_id);
  CREATE INDEX mail_due ON mail (next_at) WHERE state = 'due';
`;
