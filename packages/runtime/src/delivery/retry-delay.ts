import type { Random } from '@portico/host';

/** When a parked event is tried again, counted from its last failure. */
const RETRY_DELAYS_MS = [1_000, 5_000, 25_000, 120_000, 600_000];
/** So that what failed together is not tried together. */
const JITTER = 0.2;

/** How long to wait after `attempts` failures; `undefined` when it was the last. ± 20 %. */
export function retryDelayMs(attempts: number, random: Random): number | undefined {
  const delayMs = RETRY_DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return undefined;
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random.float()));
}
