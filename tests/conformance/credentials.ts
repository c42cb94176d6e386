import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { As } from './driver.ts';

/** The identities of the suite, as credentials for the gateway. */
export interface Credentials {
  readonly issuer: string;
  readonly audience: string;
  /** The issuer's public keys (JWKS). */
  readonly keys: Record<string, string>[];
  headers(as: As): Record<string, string>;
}

const roles: Readonly<Record<'ada' | 'bob' | 'reader', string>> = {
  ada: 'writer',
  bob: 'writer',
  reader: 'reader',
};

/** Makes an issuer with a key of its own, and a token for each identity; `appKey` is the consumer's. */
export async function createCredentials(appKey: string): Promise<Credentials> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const issuer = 'https://issuer.example';
  const audience = 'conformance';
  const tokens = new Map<As, string>();
  for (const [name, role] of Object.entries(roles)) {
    const token = await new SignJWT({ roles: [role], client_id: 'suite' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(name)
      .setJti(`token-${name}`)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
    tokens.set(name as As, token);
  }
  const key = { kty: String(jwk.kty), crv: String(jwk.crv), x: String(jwk.x) };
  return {
    issuer,
    audience,
    keys: [{ ...key, kid: 'one', alg: 'EdDSA', use: 'sig' }],
    headers(as) {
      if (as === 'app') return { 'x-api-key': appKey };
      const token = tokens.get(as);
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  };
}
