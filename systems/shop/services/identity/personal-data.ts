import { toInstant } from '../../subject.ts';
import { findAccount, readRoles } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import { listLiveSessions } from './sessions.ts';
import type { Db } from './tables.ts';

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

/** Closes an account or ends a guest. What stays is the id, that it was closed, and when it was opened. */
export async function eraseSubject(subject: string, { transaction, clock }: IdentityContext) {
  const now = clock.now();
  return transaction(async ({ db, publish }) => {
    const sessions = await db
      .deleteFrom('session')
      .where('subject', '=', subject)
      .executeTakeFirst();
    const guest = await db.deleteFrom('guest').where('guest_id', '=', subject).executeTakeFirst();
    const closed = await closeAccount(db, subject, now);
    if (closed) await publish('AccountClosed', { accountId: subject });
    return { erased: closed || sessions.numDeletedRows > 0n || guest.numDeletedRows > 0n };
  });
}

async function closeAccount(db: Db, accountId: string, now: number): Promise<boolean> {
  await db.deleteFrom('email_token').where('account_id', '=', accountId).execute();
  await db.deleteFrom('mail').where('account_id', '=', accountId).execute();
  const nothing = { email: null, email_key: null, password_hash: null, verified_at: null };
  const closed = await db
    .updateTable('account')
    .set({ ...nothing, roles: '[]', closed_at: now })
    .where('account_id', '=', accountId)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return closed.numUpdatedRows > 0n;
}
