import { Failure } from '@portico/contract';
import type { HttpLimits } from './limits.ts';

/**
 * Headers that may come once. Servers disagree on which of two counts, and whoever checks one while
 * another acts on the other has been tricked (RFC 9112 §11.2). The position is the slot in a head.
 */
const SINGLE = [
  'host',
  'authorization',
  'x-api-key',
  'content-length',
  'transfer-encoding',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'expect',
  'origin',
  'soapaction',
] as const;

type SingleName = (typeof SINGLE)[number];

const SLOTS: ReadonlyMap<string, number> = new Map(SINGLE.map((name, slot) => [name, slot]));
/** Most headers have a length that none of these has, and are not looked up at all. */
const LENGTHS: ReadonlySet<number> = new Set(SINGLE.map((name) => name.length));
const slotOf = (name: SingleName): number => SINGLE.indexOf(name);
const HOST = slotOf('host');
const AUTHORIZATION = slotOf('authorization');
const API_KEY = slotOf('x-api-key');
const CONTENT_LENGTH = slotOf('content-length');
const TRANSFER_ENCODING = slotOf('transfer-encoding');
const CONTENT_ENCODING = slotOf('content-encoding');
const EXPECT = slotOf('expect');
const ORIGIN = slotOf('origin');

/** RFC 9112 §5: name, colon, space, value, line end. */
const FIELD_OVERHEAD_BYTES = 4;
const AUTHORITY = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;
/** Fifteen digits stay below 2^53. */
const CONTENT_LENGTH_SYNTAX = /^[0-9]{1,15}$/;

/** The checked header section of a request. */
export class Head {
  readonly raw: readonly string[];
  readonly #single: readonly (string | undefined)[];
  /** `undefined` without one. */
  readonly contentLength: number | undefined;
  readonly chunked: boolean;

  constructor(raw: readonly string[], single: readonly (string | undefined)[]) {
    this.raw = raw;
    this.#single = single;
    const length = single[CONTENT_LENGTH];
    this.contentLength = length === undefined ? undefined : Number(length);
    this.chunked = single[TRANSFER_ENCODING] !== undefined;
  }

  get host(): string | undefined {
    return this.#single[HOST];
  }
  get authorization(): string | undefined {
    return this.#single[AUTHORIZATION];
  }
  get apiKey(): string | undefined {
    return this.#single[API_KEY];
  }
  get contentEncoding(): string | undefined {
    return this.#single[CONTENT_ENCODING];
  }
  get expect(): string | undefined {
    return this.#single[EXPECT];
  }
  get origin(): string | undefined {
    return this.#single[ORIGIN];
  }
  /** Whether a body follows (RFC 9112 §6.3). */
  get hasBody(): boolean {
    return this.chunked || (this.contentLength ?? 0) > 0;
  }

  /** One header by its lower-case name; repeated ones joined with a comma (RFC 9110 §5.3). */
  get(name: string): string | undefined {
    const slot = SLOTS.get(name);
    return slot === undefined ? this.#scan(name) : this.#single[slot];
  }

  #scan(name: string): string | undefined {
    const raw = this.raw;
    let found: string | undefined;
    for (let index = 0; index < raw.length; index += 2) {
      const candidate = raw[index] as string;
      if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
      const value = raw[index + 1] as string;
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }
}

/**
 * Checks the header section beyond what Node's parser does: sizes, headers that came twice, and what
 * frames the body (RFC 9112 §6).
 *
 * @throws {Failure} `headers-too-large`, `malformed`.
 */
export function parseHead(raw: readonly string[], limits: HttpLimits): Head {
  if (raw.length > 2 * limits.headerFields) {
    throw tooLarge(`More than ${limits.headerFields} header fields.`);
  }
  const single: (string | undefined)[] = new Array(SINGLE.length).fill(undefined);
  let size = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    size += name.length + value.length + FIELD_OVERHEAD_BYTES;
    const slot = LENGTHS.has(name.length) ? SLOTS.get(name.toLowerCase()) : undefined;
    if (slot === undefined) continue;
    if (single[slot] !== undefined) throw malformed(`The header "${SINGLE[slot]}" came twice.`);
    single[slot] = value;
  }
  if (size > limits.headerBytes)
    throw tooLarge(`More than ${limits.headerBytes} bytes of headers.`);
  const length = single[CONTENT_LENGTH];
  if (length !== undefined && !CONTENT_LENGTH_SYNTAX.test(length)) {
    throw malformed('The header "content-length" is not a number.');
  }
  return new Head(raw, single);
}

/**
 * Checks what depends on method and version: the transfer coding, a body where none belongs, the host.
 *
 * @throws {Failure} `malformed`.
 */
export function checkFraming(head: Head, method: string, version: string): void {
  if (head.chunked) {
    if (version === '1.0') throw malformed('HTTP/1.0 has no transfer codings.');
    if (head.get('transfer-encoding')?.toLowerCase() !== 'chunked') {
      throw malformed('The only transfer coding is "chunked".');
    }
    if (head.contentLength !== undefined) {
      throw malformed('A body is framed by "content-length" or "transfer-encoding", not by both.');
    }
  }
  if ((method === 'GET' || method === 'HEAD') && head.hasBody) {
    throw malformed(`A ${method} request has no body.`);
  }
  if (head.host === undefined) {
    if (version !== '1.0') throw malformed('The header "host" is missing.');
  } else if (!AUTHORITY.test(head.host)) {
    throw malformed('The header "host" is not a host with an optional port.');
  }
}

function malformed(message: string): Failure {
  return Failure.rejected('malformed', message);
}

function tooLarge(message: string): Failure {
  return Failure.rejected('headers-too-large', message);
}
