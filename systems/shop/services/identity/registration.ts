import type { InputOf } from '@portico/contract';
import { isUniqueViolation } from '@portico/store';
import { EmailTaken, type Identity } from '../../contracts/identity.ts';
import { toEmailKey } from '../../mail/email-address.ts';
import { createMailPort } from '../../mail/mail-port.ts';
import { CUSTOMER_ROLES, findByEmailKey, toAccount } from './accounts.ts';
import type { IdentityContext } from './config.ts';
import { createEmailToken } from './email-tokens.ts';
import { mailToken } from './mail.ts';
import { assertPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { AccountRow, Db } from './tables.ts';

type Registration = InputOf<(typeof Identity)['operations']['register']>;

/**
 * Opens an account and sends the link that verifies its address.
 * @throws EmailTaken, PasswordTooCommon
 */
export async function register(
  { email, password }: Registration,
  context: IdentityContext,
  passwords: Passwords,
) {
  assertPassword(password, email);
  const emailKey = toEmailKey(email);
  // The unique index decides; this look spares the hash when it is clear already.
  if (await findByEmailKey(context.store, emailKey)) throw EmailTaken();
  const row = createAccount(context, {
    email,
    passwordHash: await passwords.hash(context, password),
    roles: CUSTOMER_ROLES,
    verified: false,
  });
  const made = createEmailToken(context, { account: row, purpose: 'verify', email, emailKey });
  const port = createMailPort(context);
  return context.transaction(async ({ db, publish }) => {
    await insertAccount(db, row);
    await mailToken(db, port, made);
    await publish('AccountRegistered', { accountId: row.account_id });
    return toAccount(row);
  });
}

/** Makes the accounts that configuration asks for, once; their passwords are changed by their owners. */
export async function ensureInitialStaff(
  context: IdentityContext,
  passwords: Passwords,
): Promise<void> {
  for (const { email, password, roles } of context.config.initialStaff) {
    if (await findByEmailKey(context.store, toEmailKey(email))) continue;
    const passwordHash = await passwords.hash(context, password);
    const row = createAccount(context, { email, passwordHash, roles, verified: true });
    await context.transaction(async ({ db, publish }) => {
      // Another replica may have been faster.
      if (await findByEmailKey(db, toEmailKey(email))) return;
      await insertAccount(db, row);
      await publish('AccountRegistered', { accountId: row.account_id });
      await publish('EmailVerified', { accountId: row.account_id });
    });
  }
}

function createAccount(
  { clock, ids }: IdentityContext,
  spec: {
    readonly email: string;
    readonly passwordHash: string;
    readonly roles: readonly string[];
    readonly verified: boolean;
  },
): AccountRow {
  const now = clock.now();
  return {
    account_id: ids.prefixed('acc'),
    email: spec.email,
    email_key: toEmailKey(spec.email),
    password_hash: spec.passwordHash,
    roles: JSON.stringify(spec.roles),
    verified_at: spec.verified ? now : null,
    locked_at: null,
    closed_at: null,
    created_at: now,
  };
}

async function insertAccount(db: Db, row: AccountRow): Promise<void> {
  try {
    await db.insertInto('account').values(row).execute();
  } catch (error) {
    if (isUniqueViolation(error, 'account.email_key')) throw EmailTaken();
    throw error;
  }
}
