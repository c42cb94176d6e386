import { Failure } from '@portico/contract';
import type { HttpLimits } from './limits.ts';

/** A request target taken apart, its path checked but not decoded. */
export interface Target {
  /** Undecoded, beginning with `/`; `*` for `OPTIONS *`. */
  readonly path: string;
  /** What follows `?`, undecoded; empty without one. */
  readonly query: string;
  /** Whether the path holds percent-encoding. */
  readonly encoded: boolean;
}

const PERCENT = 37;
const AMPERSAND = 38;
const DOT = 46;
const SLASH = 47;
const QUESTION = 63;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Takes a request target apart (RFC 9112 §3.2). Nothing is repaired: what could be read in two ways is
 * refused.
 *
 * @param host the `Host` header; a target in absolute form must name the same authority.
 * @throws {Failure} `target-too-long`, `malformed`.
 */
export function parseTarget(target: string, host: string | undefined, limits: HttpLimits): Target {
  if (target.length > limits.targetBytes) {
    throw Failure.rejected('target-too-long', `A target has at most ${limits.targetBytes} bytes.`);
  }
  if (target === '*') return { path: '*', query: '', encoded: false };
  const relative = target.charCodeAt(0) === SLASH ? target : toOriginForm(target, host);
  const question = checkCharacters(relative);
  const path = question < 0 ? relative : relative.slice(0, question);
  const query = question < 0 ? '' : relative.slice(question + 1);
  const encoded = checkSegments(path);
  if (query !== '') checkQuery(query, limits.queryParameters);
  return { path, query, encoded };
}

function toOriginForm(target: string, host: string | undefined): string {
  const match = ABSOLUTE.exec(target);
  if (!match) throw malformed('The target is neither a path nor an absolute URL.');
  const [, authority = '', rest = ''] = match;
  if (authority.toLowerCase() !== host?.toLowerCase()) {
    throw malformed('The target names another authority than the header "host".');
  }
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Refuses what no target may hold; returns where the query begins, or -1. */
function checkCharacters(target: string): number {
  let question = -1;
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code <= 32 || code >= 127)
      throw malformed('The target holds characters that must be encoded.');
    // Some servers read a backslash as a slash, and a fragment never belongs into a request.
    if (code === 92 || code === 35) throw malformed('The target holds "\\" or "#".');
    if (code === QUESTION && question < 0) question = index;
    if (
      code === PERCENT &&
      target.charCodeAt(index + 1) === 48 &&
      target.charCodeAt(index + 2) === 48
    ) {
      throw malformed('The target holds "%00".');
    }
  }
  return question;
}

/** Refuses empty segments and dot segments; tells whether the path is percent-encoded. */
function checkSegments(path: string): boolean {
  let encoded = false;
  let start = 1;
  for (let index = 1; index <= path.length; index++) {
    const code = index === path.length ? SLASH : path.charCodeAt(index);
    if (code === PERCENT) encoded = true;
    if (code !== SLASH) continue;
    const length = index - start;
    if (length === 0 && index < path.length) throw malformed('The path holds an empty segment.');
    if (isDots(path, start, length)) throw malformed('The path holds a "." or ".." segment.');
    start = index + 1;
  }
  return encoded;
}

function isDots(text: string, start: number, length: number): boolean {
  if (length === 1) return text.charCodeAt(start) === DOT;
  return length === 2 && text.charCodeAt(start) === DOT && text.charCodeAt(start + 1) === DOT;
}

function checkQuery(query: string, parametersMax: number): void {
  let parameters = 1;
  for (let index = 0; index < query.length; index++) {
    if (query.charCodeAt(index) === AMPERSAND) parameters++;
  }
  if (parameters > parametersMax) {
    throw malformed(`A query has at most ${parametersMax} parameters.`);
  }
}

/**
 * The segments of a checked path, each decoded exactly once: `%2F` and `;` are data of their segment.
 * The inverse of `encodeURIComponent` on each.
 *
 * @throws {Failure} `malformed` for encodings that are broken, not UTF-8, or hide what
 * {@link parseTarget} refuses in the open.
 */
export function decodeSegments(path: string): string[] {
  return path.slice(1).split('/').map(decodeSegment);
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw malformed('The path holds a percent-encoding that is broken or not UTF-8.');
  }
  if (isDots(decoded, 0, decoded.length)) throw malformed('The path hides a "." or ".." segment.');
  for (let index = 0; index < decoded.length; index++) {
    const code = decoded.charCodeAt(index);
    if (code < 32 || (code >= 127 && code < 160) || code === 92) {
      throw malformed('The path hides a control character or "\\".');
    }
  }
  return decoded;
}

function malformed(message: string): Failure {
  return Failure.rejected('malformed', message);
}
