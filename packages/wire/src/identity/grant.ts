import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, importJWK, type JWK } from 'jose';
import type { Peer } from '../peer.ts';

/** Media types of what is signed (RFC 8725 §3.11): neither may be taken for the other. */
export const GRANT_TYPE = 'portico-grant+json';

/** An Ed25519 key, or its public half, as JSON (RFC 8037). */
export type Key = JWK;

/** What an authority says of a process: who it is, what it may do, and with which key it proves it. */
export interface Grant extends Omit<Peer, 'release'> {
  /** Tells one run of a replica from the next. */
  readonly process: string;
  /** The process's public key. */
  readonly publicKey: Key;
}

/** Both halves of a key, as they travel over a channel that nobody else reads. */
export interface KeyPair {
  readonly privateKey: Key;
  readonly publicKey: Key;
}

/** A new Ed25519 key (RFC 8032). */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey: toJwk(privateKey), publicKey: toJwk(publicKey) };
}

function toJwk(key: KeyObject): JWK {
  return key.export({ format: 'jwk' }) as JWK;
}

/** Signs a grant with the authority's private key: a JWS in compact form (RFC 7515). */
export async function signGrant(grant: Grant, authority: Key): Promise<string> {
  const key = await importJWK(authority, 'EdDSA');
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(grant)))
    .setProtectedHeader({ alg: 'EdDSA', typ: GRANT_TYPE })
    .sign(key);
}

/** Reads grants that one authority has signed; each is checked once. */
export type ReadGrant = (signed: string) => Promise<Grant>;

/** More grants than a system has processes alive; the oldest are forgotten. */
const GRANTS_MAX = 2_000;

/** @param authority - The public key of whoever signs the grants of this system. */
export function createGrantReader(authority: Key): ReadGrant {
  const read = new Map<string, Promise<Grant>>();
  const key = importJWK(authority, 'EdDSA');
  const verify = async (signed: string): Promise<Grant> => {
    const { payload, protectedHeader } = await compactVerify(signed, await key, {
      algorithms: ['EdDSA'],
    });
    if (protectedHeader.typ !== GRANT_TYPE) throw new Error('This is no grant.');
    return JSON.parse(new TextDecoder().decode(payload)) as Grant;
  };
  return (signed) => {
    const known = read.get(signed);
    if (known) return known;
    const reading = verify(signed);
    // What was refused is not kept: strangers must not fill the cache.
    reading.then(
      () => remember(read, signed, reading),
      () => {},
    );
    return reading;
  };
}

function remember(read: Map<string, Promise<Grant>>, signed: string, grant: Promise<Grant>): void {
  read.set(signed, grant);
  if (read.size <= GRANTS_MAX) return;
  const [oldest] = read.keys();
  if (oldest !== undefined) read.delete(oldest);
}
