import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import type { IdentityContext } from './config.ts';
import { listKeys, signingKeyAt, toJsonWebKey, toPrivateKey } from './signing-keys.ts';

/** What a token says of its holder. */
export interface TokenSubject {
  readonly subject: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** The consumer that asked for it. */
  readonly consumer: string | undefined;
}

/** A signed access token and how long it lives. */
export interface AccessToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Makes an access token in the profile of RFC 9068 §2: `at+jwt`, EdDSA (RFC 8037 §3.1). */
export async function createAccessToken(
  context: IdentityContext,
  holder: TokenSubject,
): Promise<AccessToken> {
  const { clock, config, ids, store } = context;
  const now = clock.now();
  const key = signingKeyAt(await listKeys(store), now);
  if (!key) throw new Error('Identity has no signing key; its start makes one.');
  const issuedAt = Math.floor(now / 1_000);
  const expiresIn = Math.floor(config.accessTokenMs / 1_000);
  const claims = {
    client_id: holder.consumer ?? config.clientId,
    sid: holder.sessionId,
    roles: holder.roles,
  };
  const accessToken = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })
    .setIssuer(config.issuer)
    .setAudience(config.audience)
    .setSubject(holder.subject)
    .setJti(ids.uuid())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresIn)
    .sign(toPrivateKey(key));
  return { accessToken, expiresIn };
}

/** The subject of one of our own live access tokens; `undefined` for anything else. */
export async function readAccessToken(
  { clock, config, store }: IdentityContext,
  token: string,
): Promise<string | undefined> {
  const keys = (await listKeys(store)).map(toJsonWebKey);
  try {
    const { alg } = decodeProtectedHeader(token);
    if (alg !== 'EdDSA') return undefined;
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys }), {
      issuer: config.issuer,
      audience: config.audience,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: new Date(clock.now()),
    });
    return payload.sub;
  } catch {
    // Forged, foreign, expired or no token at all: the caller learns no more than "no".
    return undefined;
  }
}
