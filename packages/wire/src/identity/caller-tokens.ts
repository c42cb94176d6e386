import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { Caller } from '@portico/service';
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { CallerToken, CallerTokens } from '../peer.ts';
import type { Grant, ReadGrant } from './grant.ts';
import type { ProcessCredential } from './granted-identity.ts';

/** RFC 8725 §3.11: tells these tokens from all others that the same key signs. */
const TOKEN_TYPE = 'portico-caller+jwt';
/** A call lives for 60 s at most, so a token that is half over still outlives it. */
const LIFE_MS = 120_000;
const RENEW_AFTER_MS = 60_000;

/** What caller tokens are made and checked with. */
export interface CallerTokensOptions {
  readonly system: string;
  readonly own: ProcessCredential;
  readonly readGrant: ReadGrant;
  readonly clock: Clock;
}

interface Made extends CallerToken {
  readonly renewAt: number;
}

/**
 * Callers as signed tokens (RFC 7519, EdDSA). A process signs with its own key and shows its grant beside:
 * one that mints is believed for every caller, any other only for the services it is granted, as
 * themselves. What a process was given it passes on as it came; it can't make it.
 */
export function createCallerTokens(options: CallerTokensOptions): CallerTokens {
  const { system, own, readGrant, clock } = options;
  const signingKey = importJWK(own.privateKey, 'EdDSA');
  const tokens = new WeakMap<Caller, Made>();
  const making = new WeakMap<Caller, Promise<Made>>();

  const make = async (caller: Caller): Promise<Made> => {
    assertMayMake(caller, await readGrant(own.grant));
    const now = clock.now();
    const token = await new SignJWT(toClaims(caller))
      .setProtectedHeader({ alg: 'EdDSA', typ: TOKEN_TYPE, grant: own.grant })
      .setIssuer(own.process)
      .setAudience(system)
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.floor((now + LIFE_MS) / 1000))
      .sign(await signingKey);
    return { token, expiresAt: now + LIFE_MS, renewAt: now + RENEW_AFTER_MS };
  };
  return {
    tokenFor(caller) {
      const known = tokens.get(caller);
      if (known && clock.now() < known.renewAt) return known;
      const pending = making.get(caller);
      if (pending) return pending;
      const made = make(caller).finally(() => making.delete(caller));
      making.set(caller, made);
      made.then(
        (token) => tokens.set(caller, token),
        () => {},
      );
      return made;
    },
    async callerOf(token) {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf(readGrant), {
        algorithms: ['EdDSA'],
        typ: TOKEN_TYPE,
        audience: system,
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'iat'],
      });
      const grant = await readGrant(String(protectedHeader.grant));
      const caller = toCaller(payload);
      assertMayMake(caller, grant);
      // What is passed on keeps its own end: nobody but its maker can make it anew.
      const expiresAt = Number(payload.exp) * 1000;
      tokens.set(caller, { token, expiresAt, renewAt: expiresAt });
      return caller;
    },
  };
}

/** The key that the grant in a token's header names: the grant, not the token, is what is believed. */
function keyOf(readGrant: ReadGrant) {
  return async ({ grant }: { readonly [name: string]: unknown }) => {
    if (typeof grant !== 'string') throw new Error('The token shows no grant.');
    return await importJWK((await readGrant(grant)).publicKey, 'EdDSA');
  };
}

/** @throws {Failure} `forbidden` when a process of this grant can't speak for `caller`. */
function assertMayMake(caller: Caller, { mints, services, replica }: Grant): void {
  if (mints) return;
  const { subject, permissions, via } = caller;
  const isItself = services.some((name) => subject === `service:${name}`);
  if (isItself && via === 'service' && permissions.size === 0) return;
  const who = subject ?? 'an anonymous caller';
  throw Failure.rejected('forbidden', `"${replica}" may not speak for ${who}.`);
}

function toClaims(caller: Caller): JWTPayload {
  const { subject, consumer, tenant, permissions, actor, via, session, expires } = caller;
  const claims = { sub: subject, consumer, tenant, actor, via, sid: session, until: expires };
  const said = Object.entries(claims).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), permissions: [...permissions] };
}

function toCaller(claims: JWTPayload): Caller {
  const { sub: subject, consumer, tenant, actor, via, sid: session, until: expires } = claims;
  const said = { subject, consumer, tenant, actor, via, session, expires };
  const known = Object.entries(said).filter(([, value]) => value !== undefined);
  const permissions = Array.isArray(claims.permissions) ? claims.permissions.map(String) : [];
  return Object.freeze({
    via: '',
    ...Object.fromEntries(known),
    permissions: new Set(permissions),
  }) as Caller;
}
