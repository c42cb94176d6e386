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

/**
 * Signs a grant with the authority's private key: a JWS in compact form (RFC 7515).
 *
 * @param machine - Whose authority it is, where each machine has one of its own; named as `kid`.
 */
export async function signGrant(grant: Grant, authority: Key, machine?: string): Promise<string> {
  const key = await importJWK(authority, 'EdDSA');
  const kid = machine === undefined ? {} : { kid: machine };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(grant)))
    .setProtectedHeader({ alg: 'EdDSA', typ: GRANT_TYPE, ...kid })
    .sign(key);
}

/** Whose grants are believed where each machine has an authority of its own. */
export interface Trust {
  /** The machine that this process is on. Its authority is believed whatever it says. */
  readonly machine: string;
  /** The public key of a machine's authority as it is now; without one, nobody there is believed. */
  keyOf(machine: string): Key | undefined;
  /** @throws {Error} when the authority of that other machine has nothing to say about such a process. */
  assertPlaced(grant: Grant, machine: string): void;
}

/** A grant that is believed. */
export interface BelievedGrant extends Grant {
  /** Whose authority has signed it; none where there is one authority for all. */
  readonly machine: string | undefined;
}

/** Reads grants; each is checked once, and again when the key of its authority is another. */
export type ReadGrant = (signed: string) => Promise<BelievedGrant>;

/** More grants than a system has processes alive; the oldest are forgotten. */
const GRANTS_MAX = 2_000;

interface Reading {
  readonly grant: Promise<BelievedGrant>;
  /** The key it was checked with. */
  key: Key | undefined;
  machine: string | undefined;
}

/** @param believed - The public key of whoever signs all grants of this system, or whom to believe what. */
export function createGrantReader(believed: Key | Trust): ReadGrant {
  const trust = isTrust(believed) ? believed : undefined;
  const keyOf = (machine: string | undefined): Key | undefined =>
    isTrust(believed) ? believed.keyOf(machine ?? believed.machine) : believed;
  const readings = new Map<string, Reading>();
  const verify = async (signed: string, reading: Reading): Promise<BelievedGrant> => {
    const findKey = async ({ kid }: { readonly kid?: string }) => {
      reading.machine = trust && (kid ?? trust.machine);
      reading.key = keyOf(reading.machine);
      if (!reading.key) throw new Error(`No authority of machine "${reading.machine}" is known.`);
      return await importJWK(reading.key, 'EdDSA');
    };
    const { payload, protectedHeader } = await compactVerify(signed, findKey, {
      algorithms: ['EdDSA'],
    });
    if (protectedHeader.typ !== GRANT_TYPE) throw new Error('This is no grant.');
    const grant = JSON.parse(new TextDecoder().decode(payload)) as Grant;
    const { machine } = reading;
    if (trust && machine !== undefined && machine !== trust.machine)
      trust.assertPlaced(grant, machine);
    return { ...grant, machine };
  };
  return (signed) => {
    const known = readings.get(signed);
    if (known && known.key === keyOf(known.machine)) return known.grant;
    const begun = Promise.withResolvers<BelievedGrant>();
    const reading: Reading = { grant: begun.promise, key: undefined, machine: undefined };
    verify(signed, reading).then(begun.resolve, begun.reject);
    // What was refused is not kept: strangers must not fill the cache.
    reading.grant.then(
      () => remember(readings, signed, reading),
      () => readings.delete(signed),
    );
    return reading.grant;
  };
}

function isTrust(believed: Key | Trust): believed is Trust {
  return 'assertPlaced' in believed;
}

function remember(read: Map<string, Reading>, signed: string, reading: Reading): void {
  read.set(signed, reading);
  if (read.size <= GRANTS_MAX) return;
  const [oldest] = read.keys();
  if (oldest !== undefined) read.delete(oldest);
}
