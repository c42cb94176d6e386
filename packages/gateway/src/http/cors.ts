/** Which pages of other origins may call (Fetch standard, CORS protocol). */
export interface CorsPolicy {
  /** Exact origins, `https://app.example`. There is no wildcard. */
  readonly origins: readonly string[];
}

/** Adds what a browser needs to the answer, by turns of name and value. */
export interface Cors {
  /** For every answer, to allowed origins and others, so that caches keep them apart. */
  apply(headers: string[], origin: string | undefined): void;
  /** For the answer to a preflight of an allowed origin. */
  preflight(headers: string[], origin: string | undefined, allow: string): void;
}

const EXPOSED =
  'etag, link, location, ratelimit, ratelimit-policy, retry-after, deprecation, sunset, traceparent, x-request-id';
const ACCEPTED =
  'authorization, content-type, idempotency-key, if-match, if-none-match, soapaction, traceparent, x-api-key, x-request-id';
/** The most that Chromium honours. */
const MAX_AGE_SECONDS = '7200';

/** @throws {Error} for an origin that is not exact. */
export function createCors(policy: CorsPolicy): Cors {
  const origins = new Set(policy.origins);
  for (const origin of origins) {
    if (!/^https?:\/\/[^/?#*@\s]+$/.test(origin)) {
      throw new Error(
        `"${origin}" in cors.origins is not an exact origin like https://app.example.`,
      );
    }
  }
  return {
    apply(headers, origin) {
      headers.push('vary', 'origin');
      if (origin === undefined || !origins.has(origin)) return;
      headers.push('access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED);
    },
    preflight(headers, origin, allow) {
      if (origin === undefined || !origins.has(origin)) return;
      headers.push('access-control-allow-methods', allow);
      headers.push('access-control-allow-headers', ACCEPTED);
      headers.push('access-control-max-age', MAX_AGE_SECONDS);
    },
  };
}
