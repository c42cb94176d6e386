import type { PresentedCredential } from '@portico/service/spi';
import type { Head } from '../http/head.ts';
import { isKey } from './key-format.ts';
import { refuseCredential } from './refusal.ts';

/** The credentials of one request, told apart but not checked. At most one of each kind. */
export interface Credentials {
  /** A consumer's key. */
  readonly key?: string;
  /** The consumer that came as user name with the key (Basic, UsernameToken). */
  readonly consumer?: string;
  /** A JWT. */
  readonly token?: string;
}

const AUTHORIZATION = /^([A-Za-z]+) +([A-Za-z0-9._~+/=-]+)$/;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
/** Tokens with every role of a large organisation stay below this; signatures over more are waste. */
const TOKEN_LENGTH_MAX = 8 * 1024;

/** Whether anything that looks like a credential came along. */
export function hasCredentials(head: Head, presented: PresentedCredential | undefined): boolean {
  return head.authorization !== undefined || head.apiKey !== undefined || presented !== undefined;
}

/**
 * Reads `X-Api-Key`, `Authorization` (Bearer, RFC 6750 §2.1; Basic, RFC 7617) and what the message
 * itself presents (WS-Security UsernameToken). Keys are known by their prefix and checksum.
 *
 * @throws {Failure} `unauthenticated`: `credential-malformed`, or `credential-ambiguous` for two of a kind.
 */
export function readCredentials(
  head: Head,
  presented: PresentedCredential | undefined,
  keyPrefix: string,
): Credentials {
  const found: Credentials[] = [];
  if (head.apiKey !== undefined) found.push({ key: checkKey(head.apiKey, keyPrefix) });
  if (head.authorization !== undefined) {
    found.push(readAuthorization(head.authorization, keyPrefix));
  }
  if (presented) {
    found.push({ key: checkKey(presented.password, keyPrefix), consumer: presented.username });
  }
  const keys = found.filter((credentials) => credentials.key !== undefined);
  if (keys.length > 1) throw refuseCredential('credential-ambiguous');
  const token = found.find((credentials) => credentials.token !== undefined);
  return { ...keys[0], ...token };
}

function readAuthorization(value: string, keyPrefix: string): Credentials {
  const match = AUTHORIZATION.exec(value);
  if (!match) throw refuseCredential('credential-malformed');
  const [, scheme = '', credential = ''] = match;
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (credential.startsWith(keyPrefix)) return { key: checkKey(credential, keyPrefix) };
      if (credential.length > TOKEN_LENGTH_MAX || !JWT.test(credential)) break;
      return { token: credential };
    case 'basic':
      return readBasic(credential, keyPrefix);
  }
  throw refuseCredential('credential-malformed');
}

function readBasic(credential: string, keyPrefix: string): Credentials {
  const text = Buffer.from(credential, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw refuseCredential('credential-malformed');
  return { consumer: text.slice(0, colon), key: checkKey(text.slice(colon + 1), keyPrefix) };
}

function checkKey(text: string, keyPrefix: string): string {
  if (!isKey(text, keyPrefix)) throw refuseCredential('credential-malformed');
  return text;
}
