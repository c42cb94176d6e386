import type { MailDb } from './mail-table.ts';
import type { SmtpConfig } from './smtp-config.ts';

/** A mail to be sent. */
export interface Mail {
  /** Whose it is: an account or a guest. */
  readonly accountId: string;
  readonly recipient: string;
  /** Which text it has, for people and programs that look for it. */
  readonly template: string;
  readonly title: string;
  readonly text: string;
  /** The secret in its link, where it has one. */
  readonly token?: string | undefined;
}

/**
 * Where mail goes. It is handed over within the transaction that causes it, so none is lost and none is
 * sent for what did not happen. Answers the mail's id.
 */
export interface MailPort {
  send(db: MailDb, mail: Mail): Promise<string>;
}

/** What of a handler's context a port needs. */
export interface MailContext {
  readonly clock: { now(): number };
  readonly ids: { prefixed(prefix: string): string };
  readonly config: { readonly smtp?: SmtpConfig | undefined };
}

/**
 * The port over the store's own table `mail`. Without an SMTP server in the configuration the table is the
 * mailbox that `shop mailbox` shows; with one it is the outbox that `deliverMail` empties.
 */
export function createMailPort({ clock, ids, config }: MailContext): MailPort {
  return {
    async send(db, { accountId, recipient, template, title, text, token }) {
      const mailId = ids.prefixed('eml');
      const now = clock.now();
      const isKept = config.smtp === undefined;
      await db
        .insertInto('mail')
        .values({
          ...{ mail_id: mailId, account_id: accountId, recipient, template, title, text },
          ...{ token: token ?? null, created_at: now, sent_at: null, attempts: 0 },
          ...(isKept ? { state: 'kept', next_at: null } : { state: 'due', next_at: now }),
        })
        .execute();
      return mailId;
    },
  };
}
