import { hashAddress } from '../../mail/email-address.ts';
import type { MailPort } from '../../mail/mail-port.ts';
import { toMailDb } from '../../mail/mail-table.ts';
import type { IdentityContext } from './config.ts';
import type { NewEmailToken } from './email-tokens.ts';
import type { Db, TokenPurpose } from './tables.ts';

/** Mails asked for without signing in, per address and hour: nobody's mailbox can be flooded. */
const REQUESTS_MAX = 3;
const REQUESTS_WINDOW_MS = 3_600_000;

/** Title and first lines of each mail; its token follows. */
const TEXTS: Readonly<Record<TokenPurpose, readonly [title: string, text: string]>> = {
  verify: ['Confirm your address', 'You opened an account. This token confirms your address:'],
  reset: ['Set a new password', 'You asked for a new password. This token sets it, once:'],
  changeEmail: [
    'Confirm your new address',
    'You changed your address. This token confirms the new one:',
  ],
};

/** Stores a token and sends it to the address that it is for. */
export async function mailToken(db: Db, port: MailPort, made: NewEmailToken): Promise<void> {
  const { token, row } = made;
  await db.insertInto('email_token').values(row).execute();
  const { account_id: accountId, email: recipient, purpose: template } = row;
  const [title, text] = TEXTS[template];
  const words = `${text}\n\n${token}\n\nIf it was not you, do nothing.\n`;
  const mail = { accountId, recipient, template, title, text: words, token };
  await port.send(toMailDb(db), mail);
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
  const hash = hashAddress(emailKey);
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
