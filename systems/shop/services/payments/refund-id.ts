import { createHash } from 'node:crypto';

/** What an id of ours looks like. */
const OURS = /^rfd_[0-9a-z]{26}$/;
/** Crockford's base 32, as in all our ids. */
const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

/**
 * The id of a refund that its provider names `reference`: our own, or for one that somebody made at the
 * provider itself an id made of the provider's, always the same, so that its event can be told too.
 */
export function toRefundId(reference: string): string {
  if (OURS.test(reference)) return reference;
  const digest = createHash('sha256').update(reference).digest();
  const letters = Array.from(digest.subarray(0, LENGTH), (byte) => BASE_32.charAt(byte % 32));
  return `rfd_${letters.join('')}`;
}
