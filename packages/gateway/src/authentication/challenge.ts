import type { Head } from '../http/head.ts';

/**
 * What a 401 asks for (RFC 9110 §11.6.1). Basic is offered only to those who tried it: browsers would
 * ask their user for a password.
 */
export function challengesFor(realm: string, head: Head | undefined): string[] {
  const authorization = head?.authorization?.toLowerCase() ?? '';
  if (authorization.startsWith('basic')) {
    return [`Basic realm="${realm}", charset="UTF-8"`, `Bearer realm="${realm}"`];
  }
  // RFC 6750 §3.1: without credentials, no error is named.
  const error = authorization === '' ? '' : ', error="invalid_token"';
  return [`Bearer realm="${realm}"${error}`];
}
