import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Logger } from '@portico/service';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Asks an issuer for its JWK Set, as it came. */
export type FetchKeys = () => Promise<unknown>;

/** What {@link createIssuerKeys} needs. */
export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly fetchKeys: FetchKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keys are asked for again in the background when they are this old: a withdrawn key ends by then. */
const FRESH_MS = 300_000;
/** An unknown `kid` costs the issuer at most one request in this time. */
const REFETCH_EVERY_MS = 30_000;
/** Without any keys nothing can be served, so the wait is shorter. */
const FIRST_FETCH_EVERY_MS = 1_000;
/** How long the keys of a silent issuer serve. */
const SILENT_MAX_MS = 3_600_000;
/** Issuers have a handful; a thousand would be an attack on our memory. */
const KEYS_MAX = 100;

/**
 * The public keys of one issuer, fetched when first needed and when a `kid` is unknown. A `kid` is only
 * ever a name within this set.
 */
export function createIssuerKeys(options: IssuerKeysOptions): JWTVerifyGetKey {
  const cache = createKeyCache(options);
  return async (header, token) => {
    const known = await cache.current();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await cache.renew();
      if (!renewed) throw error;
      return renewed(header, token);
    }
  };
}

interface KeyCache {
  /** The keys in force. @throws {Failure} `REFUSED` when the issuer is silent for too long. */
  current(): Promise<JWTVerifyGetKey>;
  /** Newly fetched keys; `undefined` when the last attempt is too recent, or failed. */
  renew(): Promise<JWTVerifyGetKey | undefined>;
}

function createKeyCache({ issuer, fetchKeys, clock, log }: IssuerKeysOptions): KeyCache {
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<JWTVerifyGetKey | undefined> | undefined;
  const fetchOnce = async () => {
    triedAt = clock.monotonic();
    try {
      keys = createLocalJWKSet(toPublicKeySet(await fetchKeys()));
      fetchedAt = clock.monotonic();
      return keys;
    } catch (error) {
      log.warn({ issuer, error: String(error) }, 'keys of issuer not fetched');
      return undefined;
    } finally {
      fetching = undefined;
    }
  };
  const renew = (everyMs: number) => {
    if (!fetching && clock.monotonic() - triedAt >= everyMs) fetching = fetchOnce();
    return fetching ?? Promise.resolve(undefined);
  };
  return {
    renew: () => renew(REFETCH_EVERY_MS),
    async current() {
      const age = clock.monotonic() - fetchedAt;
      if (keys && age <= SILENT_MAX_MS) {
        if (age > FRESH_MS) void renew(REFETCH_EVERY_MS);
        return keys;
      }
      const fetched = await renew(FIRST_FETCH_EVERY_MS);
      if (fetched) return fetched;
      const message = 'Tokens cannot be checked now: their issuer does not answer.';
      throw new Failure('REFUSED', 'issuer-silent', message, {
        retryAfterMs: FIRST_FETCH_EVERY_MS,
      });
    },
  };
}

/** The public signature keys of a JWK Set; secrets and everything private are left out. */
function toPublicKeySet(value: unknown): JSONWebKeySet {
  const keys = (value as { keys?: unknown } | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) {
    throw new Error(`The issuer's answer is not a JWK Set of at most ${KEYS_MAX} keys.`);
  }
  const usable = keys.filter(
    (key) => ['OKP', 'EC', 'RSA'].includes(key?.kty) && key.d === undefined && key.k === undefined,
  );
  return { keys: usable };
}
