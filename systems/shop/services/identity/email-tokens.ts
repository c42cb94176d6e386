import type { IdentityContext } from './config.ts';
import { hashToken } from './refresh-token.ts';
import type { AccountRow, Db, EmailTokenRow, TokenPurpose } from './tables.ts';

const TOKEN_BYTES = 32;
const HOUR_MS = 3_600_000;
/** A link that opens an account's door lives short, one that only proves an address longer. */
const LIFE_MS: Readonly<Record<TokenPurpose, number>> = {
  verify: 7 * 24 * HOUR_MS,
  reset: HOUR_MS,
  changeEmail: 24 * HOUR_MS,
};

/** A token to be mailed: the secret, and the row that is stored of it. */
export interface NewEmailToken {
  readonly token: string;
  readonly row: EmailTokenRow;
}

/** Makes a token for one purpose and one address. Nothing is stored yet. */
export function createEmailToken(
  { clock, random }: IdentityContext,
  spec: {
    readonly account: Pick<AccountRow, 'account_id'>;
    readonly purpose: TokenPurpose;
    readonly email: string;
    readonly emailKey: string;
  },
): NewEmailToken {
  const now = clock.now();
  const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
  const row = {
    token_hash: hashToken(token),
    account_id: spec.account.account_id,
    purpose: spec.purpose,
    email: spec.email,
    email_key: spec.emailKey,
    created_at: now,
    expires_at: now + LIFE_MS[spec.purpose],
    used_at: null,
  };
  return { token, row };
}

/** The row behind a token, used or not, while it lives and has one of the purposes. */
export function findEmailToken(
  db: Db,
  token: string,
  { now, purposes }: { readonly now: number; readonly purposes: readonly TokenPurpose[] },
): Promise<EmailTokenRow | undefined> {
  return db
    .selectFrom('email_token')
    .selectAll()
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', now)
    .where('purpose', 'in', purposes)
    .executeTakeFirst();
}

/** Notes that a token was used. A repetition of the same call still finds it. */
export async function useEmailToken(db: Db, row: EmailTokenRow, now: number): Promise<void> {
  await db
    .updateTable('email_token')
    .set({ used_at: now })
    .where('token_hash', '=', row.token_hash)
    .execute();
}

/** Ends all unused links of one purpose: a newer one takes their place. */
export async function dropEmailTokens(
  db: Db,
  accountId: string,
  purposes: readonly TokenPurpose[],
): Promise<void> {
  await db
    .deleteFrom('email_token')
    .where('account_id', '=', accountId)
    .where('purpose', 'in', purposes)
    .where('used_at', 'is', null)
    .execute();
}
