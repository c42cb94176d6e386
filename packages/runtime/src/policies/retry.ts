import type { Failure, Operation } from '@portico/contract';
import type { Random } from '@portico/host';

/** How often and how soon calls are repeated. */
export interface RetryPolicy {
  /** The first attempt counts. */
  readonly attemptsMax: number;
  /** The first delay is at most this; each further one at most twice the one before. */
  readonly delayMs: number;
  readonly delayMaxMs: number;
}

/** A call so far. */
export interface Attempts {
  readonly operation: Operation;
  readonly key: string | undefined;
  /** What the caller's call is: above 1, somebody further out repeats it already. */
  readonly attempt: number;
  /** Attempts made. */
  readonly made: number;
  /** Repetitions made that were not free. */
  readonly paid: number;
  readonly hadFreeRepeat: boolean;
}

/** A further attempt. */
export interface Repeat {
  readonly delayMs: number;
  /** Costs nothing of the budget: the call was not executed, and another replica may be well. */
  readonly isFree: boolean;
}

/**
 * Whether and when a call that failed with `failure` is tried again. Only what is known not to have run
 * is repeated whatever the operation's effect; what may have run, where a second time does no harm.
 */
export function planRepeat(
  failure: Failure,
  call: Attempts,
  { policy, random }: { readonly policy: RetryPolicy; readonly random: Pick<Random, 'float'> },
): Repeat | undefined {
  if (call.made >= policy.attemptsMax) return undefined;
  // One layer retries, or attempts multiply from layer to layer.
  const mayPay = call.attempt <= 1;
  const jitterMs = () =>
    random.float() * Math.min(policy.delayMaxMs, policy.delayMs * 2 ** call.paid);
  switch (failure.class) {
    case 'NOT_SENT':
    case 'REFUSED':
      if (!call.hadFreeRepeat) return { delayMs: 0, isFree: true };
      return mayPay ? { delayMs: jitterMs(), isFree: false } : undefined;
    case 'OVERLOADED': {
      const { retryAfterMs } = failure.details;
      if (!mayPay || retryAfterMs === undefined) return undefined;
      return { delayMs: retryAfterMs + jitterMs(), isFree: false };
    }
    case 'UNAVAILABLE':
      return mayPay && isRepeatable(call) ? { delayMs: jitterMs(), isFree: false } : undefined;
    default:
      return undefined;
  }
}

/** Whether a second execution does no more than the first. */
export function isRepeatable({ operation, key }: Pick<Attempts, 'operation' | 'key'>): boolean {
  const { effect } = operation;
  return effect === 'keyed' ? key !== undefined : effect !== 'unsafe';
}
