import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SessionRow } from './tables.ts';

/** For so long a used refresh token gives its successor again, in case the answer was lost. */
export const REPLAY_MS = 10_000;
const TOKEN = /^(rft_[0-9a-z]{26})\.([\w-]{43})$/;

/** A refresh token, taken apart. */
export interface RefreshToken {
  readonly selector: string;
  readonly text: string;
}

/** What a presented refresh token leads to. */
export type Rotation =
  /** The session goes on with `successor`. `again`: it was given already and nothing changes. */
  | { readonly kind: 'successor'; readonly successor: string; readonly again: boolean }
  /** Used before: somebody else may hold it, so the session ends. */
  | { readonly kind: 'reuse' }
  | { readonly kind: 'ended' };

/** The first refresh token of a session. `secret`: 32 random bytes. */
export function createRefreshToken(selector: string, secret: Uint8Array): string {
  return `${selector}.${Buffer.from(secret).toString('base64url')}`;
}

/** `undefined` for anything that is not formed like one of ours. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [, selector] = TOKEN.exec(text) ?? [];
  return selector === undefined ? undefined : { selector, text };
}

/** What is stored of a token. It has 256 random bits, so a plain hash can't be guessed back. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * Decides by the session that the token's selector names. Successors are derived from the token and a
 * secret, so that a repetition gets the very same one while only hashes are stored.
 */
export function rotate(
  session: SessionRow,
  token: RefreshToken,
  { now, secret }: { readonly now: number; readonly secret: string },
): Rotation {
  if (session.revoked_at !== null || session.expires_at <= now) return { kind: 'ended' };
  const presented = hashToken(token.text);
  const successor = succeed(token, secret);
  if (isSame(presented, session.token_hash)) return { kind: 'successor', successor, again: false };
  const again =
    session.previous_hash !== null &&
    session.rotated_at !== null &&
    isSame(presented, session.previous_hash) &&
    now - session.rotated_at <= REPLAY_MS;
  return again ? { kind: 'successor', successor, again: true } : { kind: 'reuse' };
}

function succeed({ selector, text }: RefreshToken, secret: string): string {
  return `${selector}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
