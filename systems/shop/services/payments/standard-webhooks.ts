import { createHmac, timingSafeEqual } from 'node:crypto';
import { BadEvent } from './provider.ts';

/** An event older or newer than this is refused, so that a recorded one can't be played again later. */
const AGE_MAX_MS = 5 * 60_000;

/** The three headers that Standard Webhooks signs with the body. */
export interface SignedHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/**
 * Checks a message as Standard Webhooks says: `v1,` and base64 of HMAC-SHA256 over
 * `id.timestamp.body`, any one of the signatures listed, compared in constant time.
 *
 * @throws {BadEvent} when it is not ours, damaged, or not of the last five minutes.
 */
export function assertSigned(
  payload: Uint8Array,
  { id, timestamp, signature }: SignedHeaders,
  trust: { readonly secret: string; readonly now: number },
): void {
  if (!id || !timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) {
    throw new BadEvent('The event is not signed.');
  }
  const key = Buffer.from(trust.secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(payload).digest();
  const matches = signature.split(' ').some((entry) => {
    const [version, digest] = entry.split(',');
    if (version !== 'v1' || !digest) return false;
    const given = Buffer.from(digest, 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches) throw new BadEvent('The signature of the event does not fit.');
  if (Math.abs(trust.now - Number(timestamp) * 1000) > AGE_MAX_MS) {
    throw new BadEvent('The event is not of the last five minutes.');
  }
}
