import { hash } from 'node:crypto';
import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Caller } from '@portico/service';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Issuer } from './issuer.ts';
import { intersect, type Roles } from './permissions.ts';
import { refuseCredential } from './refusal.ts';

/** A token that was checked, and whom it names. */
export interface VerifiedToken {
  readonly caller: Caller;
  /** The consumer it was issued to (RFC 9068 §2.2), if it says. */
  readonly clientId: string | undefined;
  /** Until when the check holds, Unix time in ms. */
  readonly until: number;
}

/** Checks tokens. What was checked lately is answered at once, without a promise. */
export interface TokenVerifier {
  /** @throws {Failure} `unauthenticated`; `REFUSED` when the issuer's keys cannot be had. */
  verify(token: string): VerifiedToken | Promise<VerifiedToken>;
}

/** What {@link createTokenVerifier} needs. */
export interface TokenVerifierOptions {
  readonly issuers: readonly { readonly issuer: Issuer; readonly keys: JWTVerifyGetKey }[];
  readonly roles: Roles;
  readonly clock: Clock;
}

/** Asymmetric only: with HMAC, whoever can check can sign (RFC 8725 §3.1, §3.2). */
const ALGORITHMS = ['EdDSA', 'ES256', 'PS256', 'RS256'];
/** Clocks of issuers that are a little off. */
const SKEW_SECONDS = 30;
/** A check is believed this long, so that withdrawn keys end within it. */
const CACHE_MS = 60_000;
/** A few MB; the oldest go first. */
const CACHE_MAX = 10_000;
/** Headers that bring their own key, or change what a signature means (RFC 8725 §3.10, RFC 7515 §4.1). */
const REFUSED_HEADERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit'] as const;
/** Subjects stand in logs and rows: no blanks, no control characters, bounded. */
const SUBJECT = /^[\x21-\x7e]{1,200}$/;

/** Checks JWTs of the configured issuers by RFC 8725 and RFC 9068 §4. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock } = options;
  const issuers = new Map(options.issuers.map((entry) => [entry.issuer.issuer, entry]));
  const cache = new Map<string, VerifiedToken>();
  const pending = new Map<string, Promise<VerifiedToken>>();

  const check = async (token: string, name: string): Promise<VerifiedToken> => {
    try {
      const entry = issuers.get(readIssuer(token));
      if (!entry) throw refuseCredential('token-invalid');
      const { payload } = await jwtVerify(token, entry.keys, toChecks(entry.issuer, clock));
      const verified = toVerified(payload, entry.issuer, {
        roles: options.roles,
        now: clock.now(),
      });
      if (cache.size >= CACHE_MAX) forgetOldest(cache);
      cache.set(name, verified);
      return verified;
    } catch (error) {
      throw toRefusal(error);
    } finally {
      pending.delete(name);
    }
  };
  return {
    verify(token) {
      const name = hash('sha256', token, 'base64url');
      const cached = cache.get(name);
      if (cached) {
        if (clock.now() < cached.until) return cached;
        cache.delete(name);
      }
      let checking = pending.get(name);
      if (!checking) {
        checking = check(token, name);
        pending.set(name, checking);
      }
      return checking;
    },
  };
}

/** The issuer that a token claims, before anything is believed. */
function readIssuer(token: string): string {
  const header = decodeProtectedHeader(token);
  if (REFUSED_HEADERS.some((name) => name in header)) throw refuseCredential('token-invalid');
  const { iss } = decodeJwt(token);
  if (typeof iss !== 'string') throw refuseCredential('token-invalid');
  return iss;
}

function toChecks(issuer: Issuer, clock: Clock) {
  return {
    algorithms: ALGORITHMS,
    issuer: issuer.issuer,
    audience: issuer.audience,
    typ: issuer.type ?? 'at+jwt',
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(clock.now()),
    requiredClaims: ['exp', 'sub'],
  };
}

function toVerified(
  payload: JWTPayload,
  issuer: Issuer,
  { roles, now }: { readonly roles: Roles; readonly now: number },
): VerifiedToken {
  const { sub, exp, client_id: clientId } = payload;
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw refuseCredential('token-invalid');
  if (clientId !== undefined && typeof clientId !== 'string')
    throw refuseCredential('token-invalid');
  const expires = ((exp ?? 0) + SKEW_SECONDS) * 1000;
  const tenant = issuer.tenant === undefined ? undefined : readClaim(payload, issuer.tenant);
  const caller: Caller = Object.freeze({
    subject: `${issuer.subjectPrefix ?? 'user:'}${sub}`,
    permissions: permissionsOf(payload, issuer, roles),
    via: 'jwt',
    expires,
    ...(typeof tenant === 'string' && { tenant }),
    // OpenID Connect's session id: what a service needs to end this session and no other.
    ...(typeof payload.sid === 'string' && { session: payload.sid }),
  });
  return { caller, clientId, until: Math.min(expires, now + CACHE_MS) };
}

function permissionsOf(payload: JWTPayload, issuer: Issuer, roles: Roles): ReadonlySet<string> {
  const claims = [issuer.roles ?? 'roles'].flat();
  const names = claims.flatMap((claim) => toNames(readClaim(payload, claim)));
  const granted = roles.permissionsOf(names);
  if (issuer.scoped === false || payload.scope === undefined) return granted;
  const scope = typeof payload.scope === 'string' ? payload.scope.split(' ') : [];
  return intersect(granted, roles.expand(scope));
}

function readClaim(payload: JWTPayload, path: string): unknown {
  // A whole name first: claims named by URLs hold dots.
  if (Object.hasOwn(payload, path)) return payload[path];
  return path.split('.').reduce<unknown>((value, name) => {
    const object = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return object ? (value as Record<string, unknown>)[name] : undefined;
  }, payload);
}

function toNames(claim: unknown): string[] {
  return [claim].flat().filter((name) => typeof name === 'string');
}

/** Expiry is told, since its signature was right; nothing else is. */
function toRefusal(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const expired = error instanceof errors.JWTExpired;
  return refuseCredential(expired ? 'token-expired' : 'token-invalid');
}

function forgetOldest(cache: Map<string, VerifiedToken>): void {
  for (const name of cache.keys()) {
    cache.delete(name);
    return;
  }
}
