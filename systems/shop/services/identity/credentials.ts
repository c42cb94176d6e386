import type { InputOf } from '@portico/contract';
import type { Caller } from '@portico/service';
import { BadCredentials, type Identity } from '../../contracts/identity.ts';
import { toEmailKey } from '../../mail/email-address.ts';
import { createMailPort } from '../../mail/mail-port.ts';
import { ownerId } from '../../subject.ts';
import { findAccount, findByEmailKey, isOpen, readRoles } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import { createEmailToken, dropEmailTokens } from './email-tokens.ts';
import { mailToken } from './mail.ts';
import { assertPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import { createSession, endSessions, toTokens } from './sessions.ts';
import type { AccountRow } from './tables.ts';

type Operations = (typeof Identity)['operations'];

/**
 * Begins a session. Unknown, wrong and locked are one answer after the same hash.
 * @throws BadCredentials
 */
export async function signIn(
  { email, password }: InputOf<Operations['signIn']>,
  context: IdentityContext,
  { passwords, caller }: { readonly passwords: Passwords; readonly caller: Caller },
) {
  const found = await findByEmailKey(context.store, toEmailKey(email));
  const account = found && isOpen(found) ? found : undefined;
  const { correct, renewed } = await passwords.verify(context, password, account?.password_hash);
  if (!account || !correct) throw BadCredentials();
  const session = createSession(context, account.account_id);
  const roles = await context.transaction(async ({ db }) => {
    const current = await findAccount(db, account.account_id);
    // Locked, or given another password, while the hash was computed.
    if (!current || !isOpen(current) || current.password_hash !== account.password_hash) {
      throw BadCredentials();
    }
    if (renewed) {
      await db
        .updateTable('account')
        .set({ password_hash: renewed })
        .where('account_id', '=', account.account_id)
        .execute();
    }
    await db.insertInto('session').values(session.row).execute();
    return readRoles(current);
  });
  return toTokens(context, session.row, { refreshToken: session.refreshToken, roles, caller });
}

/**
 * Sets a new password and ends all other sessions.
 * @throws BadCredentials, PasswordTooCommon
 */
export async function changePassword(
  { currentPassword, newPassword }: InputOf<Operations['changePassword']>,
  context: IdentityContext,
  { passwords, caller }: { readonly passwords: Passwords; readonly caller: Caller },
): Promise<undefined> {
  const account = await proveOwner(context, { passwords, caller, password: currentPassword });
  assertPassword(newPassword, account.email ?? '');
  const hash = await passwords.hash(context, newPassword);
  const now = context.clock.now();
  await context.transaction(async ({ db }) => {
    await db
      .updateTable('account')
      .set({ password_hash: hash })
      .where('account_id', '=', account.account_id)
      .execute();
    await dropEmailTokens(db, account.account_id, ['reset']);
    const others = caller.session === undefined ? {} : { except: caller.session };
    await endSessions(db, now, { subject: account.account_id, ...others });
  });
}

/**
 * Sends a link to a new address; the address changes when the link is used. Whether somebody else has
 * that address does not show, here or later.
 * @throws BadCredentials
 */
export async function changeEmail(
  { email, password }: InputOf<Operations['changeEmail']>,
  context: IdentityContext,
  { passwords, caller }: { readonly passwords: Passwords; readonly caller: Caller },
): Promise<undefined> {
  const account = await proveOwner(context, { passwords, caller, password });
  const spec = { account, purpose: 'changeEmail', email, emailKey: toEmailKey(email) } as const;
  const made = createEmailToken(context, spec);
  const port = createMailPort(context);
  return context.transaction(async ({ db }) => {
    await dropEmailTokens(db, account.account_id, ['changeEmail']);
    await mailToken(db, port, made);
    return undefined;
  });
}

/** The caller's account, after its password was checked. Guests have none, and get the same answer. */
async function proveOwner(
  context: IdentityContext,
  given: { readonly passwords: Passwords; readonly caller: Caller; readonly password: string },
): Promise<AccountRow> {
  const found = await findAccount(context.store, ownerId(given.caller.subject ?? ''));
  const account = found && isOpen(found) ? found : undefined;
  const stored = account?.password_hash;
  const { correct } = await given.passwords.verify(context, given.password, stored);
  if (!account || !correct) throw BadCredentials();
  return account;
}
