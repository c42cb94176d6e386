import { Failure } from '@portico/contract';
import type { TextReader } from './parameters.ts';

/** A tag's text (RFC 9110 §8.8.3) without the percent sign, which escapes what may not stand in one. */
const PLAIN_TAG = /^[\x21\x23\x24\x26-\x7e]*$/;
const STRONG_TAG = /^"([\x21\x23-\x7e\x80-\xff]*)"$/;
const ANY_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** A strong entity tag that holds `version`: `"3"`. */
export function toEntityTag(version: string | number): string {
  const text = String(version);
  return `"${PLAIN_TAG.test(text) ? text : encodeURIComponent(text)}"`;
}

/**
 * The version that `If-Match` names (RFC 9110 §13.1.1): one strong tag, as `ETag` gave it. A tag that
 * cannot be ours matches nothing, so it fails as an old one does.
 *
 * @throws {Failure} `precondition-failed`; `malformed` for a list or what is no tag;
 * `precondition-missing` for `*`, which names no version.
 */
export function readIfMatch(header: string, reader: TextReader): unknown {
  const text = header.trim();
  if (text === '*') throw missingPrecondition();
  if (text.startsWith('W/')) throw failedPrecondition();
  const tag = STRONG_TAG.exec(text)?.[1];
  if (tag === undefined) {
    throw Failure.rejected('malformed', 'If-Match must hold one entity tag, such as "3".');
  }
  const version = reader.read(decodeTag(tag));
  if (version === undefined) throw failedPrecondition();
  return version;
}

/** Whether `If-None-Match` (RFC 9110 §13.1.2) names the current representation; compared weakly. */
export function isNoneMatch(header: string, entityTag: string): boolean {
  if (header === entityTag || header.trim() === '*') return true;
  for (const [, opaque] of header.matchAll(ANY_TAG)) if (opaque === entityTag) return true;
  return false;
}

/** The refusal of a change that does not say which version it is about (RFC 6585 §3). */
export function missingPrecondition(): Failure {
  const message = 'Send If-Match with the ETag of the version that you mean to change.';
  return Failure.rejected('precondition-missing', message);
}

function failedPrecondition(): Failure {
  return Failure.rejected('precondition-failed', 'It has changed since; read it again.');
}

function decodeTag(tag: string): string {
  if (!tag.includes('%')) return tag;
  try {
    return decodeURIComponent(tag);
  } catch {
    throw failedPrecondition();
  }
}
