import type { HttpReply } from '@portico/service/spi';

/** What every answer carries, unless it brings its own (pages have their own policy). */
const DEFAULTS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
const ALWAYS: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
];
const ALWAYS_AND_DEFAULTS: readonly string[] = [...ALWAYS, ...Object.entries(DEFAULTS).flat()];
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
  const plain = own['cache-control'] === undefined && own['content-security-policy'] === undefined;
  const headers = plain ? ALWAYS_AND_DEFAULTS.slice() : [...ALWAYS, ...missingDefaults(own)];
  if (secure) headers.push(...HSTS);
  for (const name in own) {
    if (OURS.has(name)) continue;
    const value = own[name];
    if (typeof value === 'string') headers.push(name, value);
    else if (value) for (const item of value) headers.push(name, item);
  }
  return headers;
}

function missingDefaults(own: HttpReply['headers']): string[] {
  return Object.entries(DEFAULTS).flatMap(([name, value]) =>
    own[name] === undefined ? [name, value] : [],
  );
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
