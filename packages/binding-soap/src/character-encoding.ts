import { Failure } from '@portico/contract';

/** The encodings of XML 1.0 that every processor knows (§2.2); we take no other. */
export type CharacterEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** A message as characters, and the encoding it came in (its XML declaration must agree). */
export interface DecodedText {
  readonly text: string;
  readonly encoding: CharacterEncoding;
}

/**
 * Bytes to characters, strictly. The byte order mark and the `charset` of the content type must
 * agree; without either the first bytes tell (XML 1.0 appendix F).
 *
 * @throws {Failure} `malformed`; `unsupported-media-type` for a charset that is not UTF-8 or UTF-16.
 */
export function decodeText(bytes: Uint8Array, charset: string | undefined): DecodedText {
  const marked = markedEncoding(bytes);
  const encoding = marked ?? guessedEncoding(bytes, charset);
  assertCharset(charset, encoding, marked !== undefined);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = `The body is not valid ${encoding.toUpperCase()}.`;
    throw Failure.rejected('malformed', message, { cause });
  }
  if (text.charCodeAt(0) === 0xfeff) {
    throw Failure.rejected('malformed', 'The body begins with two byte order marks.');
  }
  return { text, encoding };
}

/**
 * Checks the `encoding` of an XML declaration against the one the message came in.
 *
 * @throws {Failure} `malformed`.
 */
export function assertDeclaredEncoding(declared: string, actual: CharacterEncoding): void {
  const name = declared.toLowerCase();
  if (name === actual || (name === 'utf-16' && actual !== 'utf-8')) return;
  const message = `The XML declaration says ${declared}, but the message came as ${actual.toUpperCase()}.`;
  throw Failure.rejected('malformed', message);
}

function markedEncoding(bytes: Uint8Array): CharacterEncoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return undefined;
}

function guessedEncoding(bytes: Uint8Array, charset: string | undefined): CharacterEncoding {
  if (charset === 'utf-16le' || charset === 'utf-16be') return charset;
  if (bytes[0] === 0 && bytes[1] === 0x3c) return 'utf-16be';
  if (bytes[0] === 0x3c && bytes[1] === 0) return 'utf-16le';
  return 'utf-8';
}

function assertCharset(
  charset: string | undefined,
  encoding: CharacterEncoding,
  marked: boolean,
): void {
  if (charset === undefined || charset === encoding) return;
  if (charset === 'utf-16' && encoding !== 'utf-8') return;
  if (charset === 'utf-8' || charset.startsWith('utf-16')) {
    const found = marked ? 'byte order mark' : 'first bytes';
    const message = `The content type says ${charset}, the ${found} of the body ${encoding}.`;
    throw Failure.rejected('malformed', message);
  }
  const message = `The charset ${charset} is not supported. Send UTF-8 or UTF-16.`;
  throw Failure.rejected('unsupported-media-type', message);
}
