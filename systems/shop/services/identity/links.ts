import type { InputOf } from '@portico/contract';
import { isUniqueViolation } from '@portico/store';
import { type Identity, TokenInvalid } from '../../contracts/identity.ts';
import { toEmailKey } from '../../mail/email-address.ts';
import { createMailPort } from '../../mail/mail-port.ts';
import { findAccount, findByEmailKey, isOpen } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import {
  createEmailToken,
  dropEmailTokens,
  findEmailToken,
  useEmailToken,
} from './email-tokens.ts';
import { admitMailRequest, mailToken } from './mail.ts';
import { assertPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import { endSessions } from './sessions.ts';
import type { AccountRow, Db, EmailTokenRow } from './tables.ts';

type Operations = (typeof Identity)['operations'];

/**
 * Uses a link that proves an address. Used twice it answers the same.
 * @throws TokenInvalid
 */
export async function verifyEmail(
  { token }: InputOf<Operations['verifyEmail']>,
  { transaction, clock }: IdentityContext,
) {
  const now = clock.now();
  return transaction(async ({ db, publish }) => {
    const purposes = ['verify', 'changeEmail'] as const;
    const row = await findEmailToken(db, token, { now, purposes });
    const account = row && (await findAccount(db, row.account_id));
    if (!row || !account || account.closed_at !== null) throw TokenInvalid();
    const answer = { accountId: account.account_id };
    if (row.used_at !== null) return answer;
    // A link for an address that was changed meanwhile proves nothing of the new one.
    if (row.purpose === 'verify' && row.email_key !== account.email_key) throw TokenInvalid();
    await setVerifiedAddress(db, row, now);
    await useEmailToken(db, row, now);
    await publish('EmailVerified', answer);
    return answer;
  });
}

/** Sends a link that sets a new password, if there is such an account. Nothing tells whether. */
export async function requestPasswordReset(
  { email }: InputOf<Operations['requestPasswordReset']>,
  context: IdentityContext,
): Promise<undefined> {
  const emailKey = toEmailKey(email);
  const account = await findByEmailKey(context.store, emailKey);
  const port = createMailPort(context);
  const made =
    account?.email && isOpen(account)
      ? createEmailToken(context, { account, purpose: 'reset', email: account.email, emailKey })
      : undefined;
  await context.transaction(async ({ db }) => {
    const admitted = await admitMailRequest(db, context, emailKey);
    if (!admitted || !made) return;
    await dropEmailTokens(db, made.row.account_id, ['reset']);
    await mailToken(db, port, made);
  });
}

/**
 * Sets the password that its owner forgot, and ends every session. The same call twice is one; another
 * password with a used token is refused.
 * @throws TokenInvalid, PasswordTooCommon
 */
export async function resetPassword(
  { token, newPassword }: InputOf<Operations['resetPassword']>,
  context: IdentityContext,
  passwords: Passwords,
): Promise<undefined> {
  const found = await findReset(context.store, token, context.clock.now());
  if (!found) throw TokenInvalid();
  if (found.row.used_at !== null) {
    const { correct } = await passwords.verify(context, newPassword, found.account.password_hash);
    if (correct) return;
    throw TokenInvalid();
  }
  assertPassword(newPassword, found.row.email);
  const hash = await passwords.hash(context, newPassword);
  const now = context.clock.now();
  await context.transaction(async ({ db, publish }) => {
    const current = await findReset(db, token, now);
    if (!current || current.row.used_at !== null) throw TokenInvalid();
    const accountId = current.account.account_id;
    await db
      .updateTable('account')
      .set({ password_hash: hash, verified_at: current.account.verified_at ?? now })
      .where('account_id', '=', accountId)
      .execute();
    await useEmailToken(db, current.row, now);
    await endSessions(db, now, { subject: accountId });
    // Whoever used the link reads the mail of that address.
    if (current.account.verified_at === null) await publish('EmailVerified', { accountId });
  });
}

async function findReset(
  db: Db,
  token: string,
  now: number,
): Promise<{ readonly row: EmailTokenRow; readonly account: AccountRow } | undefined> {
  const row = await findEmailToken(db, token, { now, purposes: ['reset'] });
  const account = row && (await findAccount(db, row.account_id));
  const usable = account && isOpen(account) && account.email_key === row.email_key;
  return usable ? { row, account } : undefined;
}

async function setVerifiedAddress(db: Db, row: EmailTokenRow, now: number): Promise<void> {
  try {
    await db
      .updateTable('account')
      .set({ email: row.email, email_key: row.email_key, verified_at: now })
      .where('account_id', '=', row.account_id)
      .execute();
  } catch (error) {
    // Somebody opened an account with the address since. The link tells no more than an old one does.
    if (isUniqueViolation(error, 'account.email_key')) throw TokenInvalid();
    throw error;
  }
}
