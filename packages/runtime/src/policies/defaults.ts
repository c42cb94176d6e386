import type { EjectionPolicy } from './ejection.ts';
import type { BalancerPolicy } from './replica-record.ts';
import type { SubsetPolicy } from './replica-subset.ts';
import type { RetryPolicy } from './retry.ts';
import type { RetryBudgetPolicy } from './retry-budget.ts';
import type { ThrottlePolicy } from './throttle.ts';

/** What a caller keeps to for the calls to one service in other processes. */
export interface CallerPolicies {
  /** Calls under way to one service, from one process. */
  readonly bulkhead: { readonly inFlightMax: number };
  readonly throttle: ThrottlePolicy;
  readonly retry: RetryPolicy;
  readonly retryBudget: RetryBudgetPolicy;
  readonly ejection: EjectionPolicy;
  readonly balancer: BalancerPolicy;
  readonly subset: SubsetPolicy;
}

/** Policies of which a part may be left as they are. */
export type Adjusted<Policies> = { readonly [Name in keyof Policies]?: Partial<Policies[Name]> };

/** What callers keep to when nothing else is said. */
export const CALLER_DEFAULTS: CallerPolicies = {
  bulkhead: { inFlightMax: 256 },
  // Longer, and calls were held back for as long after an overload that is over.
  throttle: { windowMs: 4_000, ratio: 2, chanceMax: 0.9, callsPerSecondMin: 5 },
  retry: { attemptsMax: 3, delayMs: 25, delayMaxMs: 1000 },
  retryBudget: { share: 0.1, perSecond: 3, memoryMs: 10_000 },
  ejection: {
    failuresInRow: 5,
    failureShare: 0.5,
    callsMin: 20,
    windowMs: 10_000,
    timeMs: 5000,
    timeMaxMs: 60_000,
    forgivenMs: 60_000,
  },
  balancer: { latencyMemoryMs: 10_000, slowStartMs: 10_000, slowStartShare: 0.1, loadMin: 0.1 },
  subset: { allUpTo: 50, size: 20 },
};

/** `defaults` with what was changed, section by section. */
export function adjust<Policies extends object>(
  defaults: Policies,
  changes: Adjusted<Policies> = {},
): Policies {
  const sections = Object.entries(defaults).map(([name, section]) => [
    name,
    { ...section, ...changes[name as keyof Policies] },
  ]);
  return Object.fromEntries(sections) as Policies;
}
