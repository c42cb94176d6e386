import { Failure } from '@portico/contract';
import type { PresentedCredential } from '@portico/service/spi';
import { collapse } from './lexical.ts';
import { NONCES_MAX, TIMESTAMP_SKEW_MS } from './limits.ts';
import { NAMESPACES } from './namespaces.ts';
import { toNotUnderstood } from './protocol-failures.ts';
import { attributeOf, childrenOf, type XmlNode } from './xml-node.ts';

const { wsse, wsu } = NAMESPACES;
const TOKEN_PROFILE =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

/** Why a Security header is refused, as `reason` of the failure; each has a fault code of its own. */
export const SECURITY_REASONS = {
  invalid: 'security-invalid',
  unsupported: 'security-token-unsupported',
  expired: 'security-message-expired',
} as const;

/** What a Security header asks for. */
export interface SecurityClaim {
  /** To be checked by the gateway; `undefined` when the header carries no token. */
  readonly credential: PresentedCredential | undefined;
  /** Remembered once the credential has been found right. */
  readonly nonce: string | undefined;
}

/**
 * Reads a WS-Security header (OASIS WSS 1.0, Username Token Profile 1.0): one UsernameToken with
 * PasswordText, one Timestamp. Digests can't be checked against the hashes we keep.
 *
 * @throws {Failure} `unauthenticated` with a reason; must-understand for signed or encrypted parts,
 * which are never skipped.
 */
export function readSecurity(security: XmlNode, nowMs: number): SecurityClaim {
  const unknown = security.children.filter((child) => !isKnown(child));
  if (unknown.length > 0) throw toNotUnderstood(unknown);
  const [timestamp, secondTimestamp] = childrenOf(security, wsu, 'Timestamp');
  const [token, secondToken] = childrenOf(security, wsse, 'UsernameToken');
  if (secondTimestamp !== undefined || secondToken !== undefined) {
    throw refuse('invalid', 'The Security header has more than one token or timestamp.');
  }
  if (timestamp !== undefined) assertFresh(timestamp, nowMs);
  return token === undefined ? { credential: undefined, nonce: undefined } : readToken(token);
}

function isKnown({ uri, local }: XmlNode): boolean {
  return (uri === wsse && local === 'UsernameToken') || (uri === wsu && local === 'Timestamp');
}

function assertFresh(timestamp: XmlNode, nowMs: number): void {
  const created = readTime(timestamp, 'Created');
  const expires = readTime(timestamp, 'Expires');
  const stale = created !== undefined && Math.abs(nowMs - created) > TIMESTAMP_SKEW_MS;
  if (stale || (expires !== undefined && nowMs >= expires)) {
    const message = 'The Timestamp is more than five minutes off, or the message has expired.';
    throw refuse('expired', message);
  }
}

function readTime(timestamp: XmlNode, name: string): number | undefined {
  const [node, second] = childrenOf(timestamp, wsu, name);
  if (node === undefined) return undefined;
  const text = collapse(node.text);
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time) || second !== undefined) {
    throw refuse('invalid', `The Timestamp's ${name} is not one date and time with its zone.`);
  }
  return time;
}

function readToken(token: XmlNode): SecurityClaim {
  const [username, secondUsername] = childrenOf(token, wsse, 'Username');
  const [password, secondPassword] = childrenOf(token, wsse, 'Password');
  if (!username || !password || secondUsername || secondPassword) {
    throw refuse('invalid', 'The UsernameToken needs one Username and one Password.');
  }
  const type = attributeOf(password, '', 'Type') ?? `${TOKEN_PROFILE}#PasswordText`;
  if (type !== `${TOKEN_PROFILE}#PasswordText`) {
    const message =
      'Only PasswordText is accepted: a PasswordDigest cannot be checked, for secrets are kept as hashes. Send PasswordText over TLS.';
    throw refuse('unsupported', message);
  }
  const [nonce] = childrenOf(token, wsse, 'Nonce');
  return {
    credential: { username: username.text, password: password.text },
    nonce: nonce && JSON.stringify([username.text, collapse(nonce.text)]),
  };
}

function refuse(reason: keyof typeof SECURITY_REASONS, message: string): Failure {
  return Failure.rejected('unauthenticated', message, { reason: SECURITY_REASONS[reason] });
}

/** Nonces of the last five minutes, so that a captured message can't be sent again as it is. */
export interface NonceMemory {
  /**
   * Notes a nonce.
   * @throws {Failure} `unauthenticated` when it was noted before.
   */
  use(nonce: string, nowMs: number): void;
}

/** A memory of its own, bounded: beyond {@link NONCES_MAX} the oldest is forgotten early. */
export function createNonceMemory(): NonceMemory {
  const expiries = new Map<string, number>();
  return {
    use(nonce, nowMs) {
      for (const [old, expiry] of expiries) {
        if (expiry > nowMs && expiries.size < NONCES_MAX) break;
        expiries.delete(old);
      }
      if (expiries.has(nonce)) throw refuse('invalid', 'The Nonce has been used before.');
      expiries.set(nonce, nowMs + TIMESTAMP_SKEW_MS);
    },
  };
}
