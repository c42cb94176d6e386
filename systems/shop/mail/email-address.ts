import { createHash } from 'node:crypto';

/**
 * The form in which addresses are compared: two that differ only in case or in how Unicode writes a
 * letter are one account. Dots and tags (`ada+shop@…`) stay, because only the mail's host knows what
 * they mean.
 */
export function toEmailKey(email: string): string {
  return email.normalize('NFKC').toLowerCase();
}

/** What stands for an address where the address itself must not: SHA-256 of its key, base64url. */
export function hashAddress(email: string): string {
  return createHash('sha256').update(toEmailKey(email)).digest('base64url');
}
