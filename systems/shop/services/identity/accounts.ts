import { Failure } from '@portico/contract';
import { toInstant } from '../../subject.ts';
import type { AccountRow, Db } from './tables.ts';

/** What every account may do. */
export const CUSTOMER_ROLES: readonly string[] = ['customer'];

/** An account by its id. */
export function findAccount(db: Db, accountId: string): Promise<AccountRow | undefined> {
  return db
    .selectFrom('account')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

/** The one account that an address belongs to. */
export function findByEmailKey(db: Db, emailKey: string): Promise<AccountRow | undefined> {
  return db.selectFrom('account').selectAll().where('email_key', '=', emailKey).executeTakeFirst();
}

/** Whether somebody may enter it at all. */
export function isOpen(account: AccountRow): boolean {
  return account.closed_at === null && account.locked_at === null;
}

/** The answer for an account that staff name and that does not exist, or no longer. */
export function unknownAccount(accountId: string): Failure {
  return Failure.rejected('not-found', `There is no account ${accountId}.`);
}

/** The roles that are stored as JSON. */
export function readRoles(account: Pick<AccountRow, 'roles'>): readonly string[] {
  const roles: unknown = JSON.parse(account.roles);
  return Array.isArray(roles) ? roles.map(String) : [];
}

/** An account, as the contract shows it. */
export function toAccount(account: AccountRow) {
  return {
    accountId: account.account_id,
    roles: [...readRoles(account)],
    locked: account.locked_at !== null,
    emailVerified: account.verified_at !== null,
    createdAt: toInstant(account.created_at),
  };
}
