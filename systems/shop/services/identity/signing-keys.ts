import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { IdentityContext } from './config.ts';
import type { Db, SigningKeyRow } from './tables.ts';

/** DER of a PKCS #8 Ed25519 private key up to its 32-byte seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;
const KID_BYTES = 12;
/** How long a new key is published before it signs: longer than anybody may cache the key set. */
export const PUBLISH_AHEAD_MS = 15 * 60_000;
/** Verifiers' clocks may be behind by this (RFC 8725 leaves it to them; the gateway allows 30 s). */
const CLOCK_SKEW_MS = 60_000;

/** When keys come and go. */
export interface KeyPolicy {
  readonly rotationMs: number;
  readonly tokenMs: number;
}

/** What the rotation job has to do now. */
export interface RotationPlan {
  readonly create: boolean;
  readonly remove: readonly string[];
}

/**
 * The key that signs at `now`: the newest that everybody has had time to fetch, or the oldest there is
 * while there is no such key yet (the first start).
 */
export function signingKeyAt(
  keys: readonly SigningKeyRow[],
  now: number,
): SigningKeyRow | undefined {
  const byAge = keys.toSorted((a, b) => b.created_at - a.created_at);
  return byAge.find((key) => key.created_at + PUBLISH_AHEAD_MS <= now) ?? byAge.at(-1);
}

/**
 * A new key when the newest has signed for the rotation period; an old one goes when its successor has
 * signed for longer than a token lives, so that rotation breaks no live token.
 */
export function planRotation(
  keys: readonly SigningKeyRow[],
  now: number,
  policy: KeyPolicy,
): RotationPlan {
  const newest = Math.max(...keys.map((key) => key.created_at), Number.NEGATIVE_INFINITY);
  const remove = keys.filter((key) => {
    const successors = keys.filter((other) => other.created_at > key.created_at);
    const successorAt = Math.min(...successors.map((other) => other.created_at));
    return successorAt + PUBLISH_AHEAD_MS + policy.tokenMs + CLOCK_SKEW_MS <= now;
  });
  return { create: newest + policy.rotationMs <= now, remove: remove.map((key) => key.kid) };
}

/** Carries out what {@link planRotation} says; run at start and by a job. */
export async function rotateKeys({ transaction, clock, random, config, log }: IdentityContext) {
  const fresh = createKey(random.bytes(SEED_BYTES), random.bytes(KID_BYTES), clock.now());
  const policy = { rotationMs: config.keyRotationMs, tokenMs: config.accessTokenMs };
  const plan = await transaction(async ({ db }) => {
    const keys = await listKeys(db);
    const planned = planRotation(keys, fresh.created_at, policy);
    if (planned.create) await db.insertInto('signing_key').values(fresh).execute();
    if (planned.remove.length > 0) {
      await db.deleteFrom('signing_key').where('kid', 'in', planned.remove).execute();
    }
    return planned;
  });
  if (plan.create) log.info({ kid: fresh.kid }, 'signing key created');
  if (plan.remove.length > 0) log.info({ kids: plan.remove }, 'signing keys removed');
}

/** All keys that a live token may be signed with, and those about to be used. */
export function listKeys(db: Db): Promise<SigningKeyRow[]> {
  return db.selectFrom('signing_key').selectAll().orderBy('created_at').execute();
}

/** The public half, as verifiers fetch it (RFC 8037 §2). */
export function toJsonWebKey({ kid, x }: SigningKeyRow) {
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x } as const;
}

/** The private half, to sign with. */
export function toPrivateKey({ seed }: SigningKeyRow): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(seed, 'base64url')]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** A key pair from its seed: randomness comes from the host, so that tests can repeat it. */
export function createKey(seed: Uint8Array, kid: Uint8Array, now: number): SigningKeyRow {
  const row = {
    kid: Buffer.from(kid).toString('base64url'),
    seed: Buffer.from(seed).toString('base64url'),
    created_at: now,
  };
  const { x } = createPublicKey(toPrivateKey({ ...row, x: '' })).export({ format: 'jwk' });
  if (x === undefined) throw new Error('The public half of an Ed25519 key has no "x".');
  return { ...row, x };
}
