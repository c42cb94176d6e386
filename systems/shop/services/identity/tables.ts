import type { HandleOf } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { MailRow } from '../../mail/mail-table.ts';
import { migrations } from './migrations.ts';

/** Times are Unix milliseconds. */
export interface AccountRow {
  account_id: string;
  /** As its owner wrote it; `null` once it was erased. */
  email: string | null;
  /** As it is compared; unique. */
  email_key: string | null;
  /** `null`: nobody can sign in. */
  password_hash: string | null;
  /** JSON array. */
  roles: string;
  verified_at: number | null;
  locked_at: number | null;
  closed_at: number | null;
  created_at: number;
}

export interface GuestRow {
  guest_id: string;
  created_at: number;
}

export interface SessionRow {
  session_id: string;
  /** Account or guest. */
  subject: string;
  /** The first half of its refresh tokens; says which session, proves nothing. */
  selector: string;
  /** SHA-256 of the refresh token that is due. */
  token_hash: string;
  /** SHA-256 of the one before. */
  previous_hash: string | null;
  rotated_at: number | null;
  created_at: number;
  last_used_at: number;
  expires_at: number;
  revoked_at: number | null;
}

export interface SigningKeyRow {
  kid: string;
  /** Ed25519 seed, base64url. */
  seed: string;
  /** Public key, base64url. */
  x: string;
  created_at: number;
}

/** One row: the secret that successors of refresh tokens are derived with. */
export interface SecretRow {
  name: string;
  value: string;
}

export type TokenPurpose = 'verify' | 'reset' | 'changeEmail';

export interface EmailTokenRow {
  token_hash: string;
  account_id: string;
  purpose: TokenPurpose;
  email: string;
  email_key: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

/** One row per mail asked for without signing in, known address or not. */
export interface MailRequestRow {
  request_id: string;
  address_hash: string;
  created_at: number;
}

export interface IdentityTables {
  account: AccountRow;
  guest: GuestRow;
  session: SessionRow;
  signing_key: SigningKeyRow;
  secret: SecretRow;
  email_token: EmailTokenRow;
  mail: MailRow;
  mail_request: MailRequestRow;
}

export const store = sqlStore<IdentityTables>({ migrations });

/** A query handle on identity's store. */
export type Db = HandleOf<typeof store>;
