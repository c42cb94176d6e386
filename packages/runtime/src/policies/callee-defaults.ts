import type { AdmissionPolicies } from './admission.ts';
import type { GuardPolicy } from './process-guard.ts';

/** What a process keeps to for the calls that its services are given. */
export interface CalleePolicies extends AdmissionPolicies {
  /** Calls under way to one service from within its process. */
  readonly bulkhead: { readonly inFlightMax: number };
  readonly guard: GuardPolicy;
  /** Admin operations under way in one service. */
  readonly platform: { readonly inFlightMax: number };
  /** Calls of operations that wait, in the whole process. */
  readonly waiting: { readonly inFlightMax: number };
}

/** What callees keep to when nothing else is said. */
export const CALLEE_DEFAULTS: CalleePolicies = {
  limit: {
    start: 32,
    min: 8,
    max: 512,
    waitedShareMax: 0.05,
    usedShareMin: 0.5,
    cut: 0.8,
  },
  queue: { sizeMax: 100, burstMax: 256, targetMs: 5, intervalMs: 100, patienceMs: 10 },
  shares: { batch: 0.7, sheddable: 0.85, default: 0.95, critical: 1 },
  guard: { loopUtilisationMax: 0.95, loopDelayP99MaxMs: 100, heapShareMax: 0.85 },
  bulkhead: { inFlightMax: 256 },
  platform: { inFlightMax: 32 },
  waiting: { inFlightMax: 10_000 },
};
