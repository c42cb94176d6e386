import { Failure } from '@portico/contract';

/** Room for any scheme (a UUID has 36); keys are stored, so they are bounded. The same as over REST. */
export const KEY_LENGTH_MAX = 255;

/** A structured-field string (RFC 9651 §3.3.3): printable ASCII, quote and backslash escaped. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
/** What clients send that leave the quotes out: visible ASCII without what structures a field. */
const BARE = /^[!#-+\--:<-[\]-~]+$/;
/** Text of the header block: XML needs no quotes. */
const PRINTABLE = /^[ -~]+$/;

/**
 * The idempotency key of a call: from the HTTP header (draft-ietf-httpapi-idempotency-key-header
 * §2.1, quoted or bare) or from the header block `IdempotencyKey`, as SOAP toolkits can set it.
 *
 * @throws {Failure} `key-missing` without either, `malformed` when they differ or are no keys.
 */
export function toIdempotencyKey(header: string | undefined, block: string | undefined): string {
  const fromHeader = header === undefined ? undefined : readHeader(header);
  const key = fromHeader ?? block;
  if (key === undefined) {
    const message = 'Send the header block IdempotencyKey or the HTTP header Idempotency-Key.';
    throw Failure.rejected('key-missing', message);
  }
  if (block !== undefined && block !== key) {
    const message = 'The HTTP header Idempotency-Key and the header block IdempotencyKey differ.';
    throw Failure.rejected('malformed', message);
  }
  if (!PRINTABLE.test(key) || key.length > KEY_LENGTH_MAX) throw malformedKey();
  return key;
}

function readHeader(header: string): string {
  const quoted = QUOTED.exec(header)?.[1];
  if (quoted === undefined && !BARE.test(header)) throw malformedKey();
  return quoted?.replaceAll(/\\(["\\])/g, '$1') ?? header;
}

function malformedKey(): Failure {
  const message = `An idempotency key is 1 to ${KEY_LENGTH_MAX} printable ASCII characters.`;
  return Failure.rejected('malformed', message);
}
