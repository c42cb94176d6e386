import type { HttpReply } from '@portico/service/spi';

const ALWAYS: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
];
/** Unless an answer says how long it may be kept. */
const NO_STORE: readonly string[] = ['cache-control', 'no-store'];
/** Unless an answer is a page with a policy of its own. */
const NO_CONTENT: readonly string[] = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
];
const ALWAYS_AND_NO_CONTENT: readonly string[] = [...ALWAYS, ...NO_CONTENT];
const HSTS: readonly string[] = [
  'strict-transport-security',
  // Two years, what browsers' preload lists ask for at least half of.
  'max-age=63072000; includeSubDomains',
];
/** Headers that tell what runs here, or that only the server may set. */
const OURS = new Set([
  'server',
  'x-powered-by',
  'date',
  'connection',
  'keep-alive',
  'content-length',
]);

/** The header section of an answer, names and values by turns, without its length. */
export function toHeaders(reply: HttpReply, secure: boolean): string[] {
  const own = reply.headers;
  const paged = own['content-security-policy'] !== undefined;
  const headers = (paged ? ALWAYS : ALWAYS_AND_NO_CONTENT).slice();
  if (own['cache-control'] === undefined) headers.push(...NO_STORE);
  if (secure) headers.push(...HSTS);
  for (const name in own) {
    if (OURS.has(name)) continue;
    const value = own[name];
    if (typeof value === 'string') headers.push(name, value);
    else if (value) for (const item of value) headers.push(name, item);
  }
  return headers;
}

/** How many bytes a body has on the wire. */
export function bodyLength(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}

/** RFC 9110 §6.4.1: these never have a body, nor a length. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}
