import { hashAddress } from '../../mail/email-address.ts';
import { toInstant } from '../../subject.ts';
import { findAccount, readRoles } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import { listLiveSessions } from './sessions.ts';
import type { AccountRow, Db } from './tables.ts';

/** Everything the store holds of one person; without an account (a guest) there is nothing to show. */
export async function exportSubject(subject: string, { store, clock }: IdentityContext) {
  const account = await findAccount(store, subject);
  if (!account || account.closed_at !== null) return {};
  const sessions = await listLiveSessions(store, subject, clock.now());
  return {
    account: {
      ...(account.email === null ? {} : { email: account.email }),
      emailVerified: account.verified_at !== null,
      roles: [...readRoles(account)],
      createdAt: toInstant(account.created_at),
      sessions: sessions.map((session) => ({
        createdAt: toInstant(session.created_at),
        lastUsedAt: toInstant(session.last_used_at),
        expiresAt: toInstant(session.expires_at),
      })),
    },
  };
}

/** Gateways may take an access token for a little longer than it says; a call begun then ends as late. */
const CLOSING_MS = 2 * 60_000;

/** Closes an account or ends a guest. What stays is the id, that it was closed, and when it was opened. */
export async function eraseSubject(
  subject: string,
  { transaction, clock, config, forgetCaller }: IdentityContext,
) {
  await forgetCaller(`user:${subject}`);
  const now = clock.now();
  return transaction(async ({ db, publish }) => {
    const sessions = await db
      .deleteFrom('session')
      .where('subject', '=', subject)
      .executeTakeFirst();
    const guest = await db.deleteFrom('guest').where('guest_id', '=', subject).executeTakeFirst();
    const account = await findAccount(db, subject);
    const isOpen = account !== undefined && account.closed_at === null;
    if (isOpen) {
      await closeAccount(db, account, now);
      await publish('AccountClosed', { accountId: subject });
    }
    const closedAt = isOpen ? now : account?.closed_at;
    return {
      erased: isOpen || sessions.numDeletedRows > 0n || guest.numDeletedRows > 0n,
      ...(closedAt
        ? { accessEndsAt: toInstant(closedAt + config.accessTokenMs + CLOSING_MS) }
        : {}),
    };
  });
}

async function closeAccount(db: Db, account: AccountRow, now: number): Promise<void> {
  const { account_id: accountId, email_key } = account;
  await db.deleteFrom('email_token').where('account_id', '=', accountId).execute();
  await db.deleteFrom('mail').where('account_id', '=', accountId).execute();
  if (email_key !== null) {
    const hash = hashAddress(email_key);
    await db.deleteFrom('mail_request').where('address_hash', '=', hash).execute();
  }
  const nothing = { email: null, email_key: null, password_hash: null, verified_at: null };
  await db
    .updateTable('account')
    .set({ ...nothing, roles: '[]', closed_at: now })
    .where('account_id', '=', accountId)
    .execute();
}
