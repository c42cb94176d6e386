import type { Random } from '@portico/host';

/** So that what failed together is not tried together. */
const JITTER = 0.2;

/** A delay ± 20 %, in whole ms; `undefined` stays so. */
export function spread<T extends number | undefined>(delayMs: T, random: Random): T {
  if (delayMs === undefined) return delayMs;
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random.float())) as T;
}
