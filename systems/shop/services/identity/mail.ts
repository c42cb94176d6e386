import { createHash } from 'node:crypto';
import type { IdentityContext } from './config.ts';
import type { NewEmailToken } from './email-tokens.ts';
import type { Db } from './tables.ts';

/** A mail to be sent. */
export interface Mail {
  readonly accountId: string;
  readonly recipient: string;
  /** Which text to send: the purpose of its token. */
  readonly template: string;
  readonly token: string;
}

/**
 * Where mail goes. It is handed over within the transaction that causes it, so none is lost and none is
 * sent for what did not happen.
 */
export interface MailPort {
  send(db: Db, mail: Mail): Promise<void>;
}

/** Mails asked for without signing in, per address and hour: nobody's mailbox can be flooded. */
const REQUESTS_MAX = 3;
const REQUESTS_WINDOW_MS = 3_600_000;

/**
 * The mailbox: mail is kept in the store's table `mail`, for `shop mailbox` to show. A port over SMTP
 * would read the same table as its outbox.
 */
export function createMailbox({ clock, ids }: IdentityContext): MailPort {
  return {
    async send(db, { accountId, recipient, template, token }) {
      const row = { account_id: accountId, recipient, template, token, created_at: clock.now() };
      await db
        .insertInto('mail')
        .values({ mail_id: ids.prefixed('eml'), ...row })
        .execute();
    },
  };
}

/** Stores a token and sends it to the address that it is for. */
export async function mailToken(db: Db, port: MailPort, made: NewEmailToken): Promise<void> {
  const { token, row } = made;
  await db.insertInto('email_token').values(row).execute();
  const template = row.purpose;
  await port.send(db, { accountId: row.account_id, recipient: row.email, template, token });
}

/**
 * Notes that somebody asked for a mail to an address, known or not: the same row is written for both, so
 * that time tells nothing. Answers whether one more may be sent.
 */
export async function admitMailRequest(
  db: Db,
  { clock, ids }: IdentityContext,
  emailKey: string,
): Promise<boolean> {
  const now = clock.now();
  const hash = createHash('sha256').update(emailKey).digest('base64url');
  const asked = await db
    .selectFrom('mail_request')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('address_hash', '=', hash)
    .where('created_at', '>', now - REQUESTS_WINDOW_MS)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('mail_request')
    .values({ request_id: ids.uuid(), address_hash: hash, created_at: now })
    .execute();
  return asked.count < REQUESTS_MAX;
}
