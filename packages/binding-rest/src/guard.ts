import { isUtf8 } from 'node:buffer';
import { Failure } from '@portico/contract';
import { explainJson } from './guard-explain.ts';

/** Deeper than any contract's types nest, shallow enough that every recursive walk is safe. */
export const JSON_DEPTH_MAX = 32;
/** Members of objects and elements of arrays together: what one request may make us allocate. */
export const JSON_MEMBERS_MAX = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const LOWER_D = 0x64;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** 2^53 has 16 digits: a whole number written with fewer characters is held exactly. */
const EXACT_LENGTH = 15;
/** The largest double has 309 digits: what is written with fewer, and no exponent, fits. */
const DOUBLE_LENGTH = 308;

/** JSON that passed the guard. */
export interface GuardedJson {
  readonly value: unknown;
  /** Whether a number is long enough that a whole one may have been rounded. */
  readonly longNumbers: boolean;
}

/**
 * Parses bytes that a stranger sent: UTF-8 without a byte order mark (RFC 8259 §8.1), bounded before
 * anything is allocated, and stricter than `JSON.parse` where it would hide what was sent. Duplicate
 * names, lone surrogates (RFC 7493 §2.1, §2.3), `-0` and numbers beyond a double are refused.
 *
 * @throws {Failure} `malformed`; `invalid` for numbers; both with pointers where there is a place.
 */
export function parseJson(bytes: Uint8Array): GuardedJson {
  if (!isUtf8(bytes)) throw Failure.rejected('malformed', 'The body is not valid UTF-8.');
  return parseJsonText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

/** {@link parseJson} for text that has been decoded. */
export function parseJsonText(text: string): GuardedJson {
  const found = inspect(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw Failure.rejected('malformed', `The body is not valid JSON${position(cause)}.`);
  }
  // A name given twice is one member of the value but two colons of the text. Looking again, with
  // names and places, is left to the rare text that shows a sign of something wrong.
  if (found.suspicious || countMembers(value) !== found.colons) explainJson(text);
  return { value, longNumbers: found.longNumbers };
}

/** What one pass over a text finds, without looking at grammar (the parser does that). */
interface Inspection {
  at: number;
  colons: number;
  /** Something is worth a second look: an escaped surrogate, `-0`, an exponent. */
  suspicious: boolean;
  longNumbers: boolean;
}

function inspect(text: string): Inspection {
  const found: Inspection = { at: 0, colons: 0, suspicious: false, longNumbers: false };
  let depth = 0;
  let members = 0;
  while (found.at < text.length) {
    const code = text.charCodeAt(found.at);
    if (code === QUOTE) skipString(text, found);
    else if (code === MINUS || isDigit(code)) skipNumber(text, found);
    else {
      found.at++;
      if (code === COLON) found.colons++;
      else if (code === COMMA) members++;
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth--;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        members++;
        if (++depth > JSON_DEPTH_MAX) refuse(`nested deeper than ${JSON_DEPTH_MAX} levels`);
      }
      if (members > JSON_MEMBERS_MAX) refuse(`larger than ${JSON_MEMBERS_MAX} members`);
    }
  }
  return found;
}

function skipString(text: string, found: Inspection): void {
  let at = found.at + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      at++;
      // `\ud8xx` to `\udfxx` are halves of a character, and may come alone.
      if (text.charCodeAt(at) === LOWER_U && (text.charCodeAt(at + 1) | 0x20) === LOWER_D) {
        found.suspicious = true;
      }
    }
  }
  found.at = at + 1;
}

function skipNumber(text: string, found: Inspection): void {
  const start = found.at;
  let at = start;
  let exponent = false;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code | 0x20) === LOWER_E) exponent = true;
    else if (!isDigit(code) && code !== MINUS && code !== PLUS && code !== POINT) break;
  }
  const negativeZero = text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO;
  if (at - start > EXACT_LENGTH || exponent) found.longNumbers = true;
  if (negativeZero || exponent || at - start > DOUBLE_LENGTH) found.suspicious = true;
  found.at = at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function countMembers(value: unknown): number {
  return typeof value === 'object' && value !== null ? countWithin(value) : 0;
}

function countWithin(value: object): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  // Faster than a list of keys. What is inherited would only lead to a second look.
  for (const name in value) count += 1 + countMembers((value as Record<string, unknown>)[name]);
  return count;
}

/** ` at position 12`, from the parser's message; never what was sent, which may be a secret. */
function position(cause: unknown): string {
  const found = /position \d+/.exec(cause instanceof Error ? cause.message : '');
  return found ? ` at ${found[0]}` : '';
}

function refuse(what: string): never {
  throw Failure.rejected('malformed', `The body is ${what}.`);
}
