import { Failure } from '@portico/contract';

/** Room for any scheme (a UUID has 36); keys are stored, so they are bounded. */
export const KEY_LENGTH_MAX = 255;

/** A structured-field string (RFC 9651 §3.3.3): printable ASCII, quote and backslash escaped. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
/** What clients send that leave the quotes out: visible ASCII without what structures a field. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The key in an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header §2.1), quoted as
 * the draft says or bare as most clients send it; both forms of one text are one key.
 *
 * @throws {Failure} `key-missing`, `malformed`.
 */
export function readIdempotencyKey(header: string | undefined): string {
  if (header === undefined) {
    throw Failure.rejected('key-missing', 'Send an Idempotency-Key: a new one for each request.');
  }
  const quoted = QUOTED.exec(header)?.[1];
  const key = quoted === undefined ? header : unescapeQuoted(quoted);
  if ((quoted === undefined && !BARE.test(header)) || key.length > KEY_LENGTH_MAX) {
    throw Failure.rejected(
      'malformed',
      `Idempotency-Key must be one quoted string of 1 to ${KEY_LENGTH_MAX} ASCII characters.`,
    );
  }
  return key;
}

function unescapeQuoted(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(["\\])/g, '$1') : text;
}
