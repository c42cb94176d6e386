/**
 * The form in which addresses are compared: two that differ only in case or in how Unicode writes a
 * letter are one account. Dots and tags (`ada+shop@…`) stay, because only the mail's host knows what
 * they mean.
 */
export function toEmailKey(email: string): string {
  return email.normalize('NFKC').toLowerCase();
}
