import type { Host } from '@portico/host';
import type { CallFigures } from './change/canary.ts';
import type { ReplicaRange } from './placement.ts';
import { type Autoscaler, createAutoscaler } from './policy/autoscaler.ts';
import { createRestartPolicy, type RestartPolicy } from './policy/restart-policy.ts';

/** What the supervisor remembers of a group while it lives; the next one begins anew with it. */
export interface GroupControl {
  readonly restarts: RestartPolicy;
  readonly range: ReplicaRange;
  readonly autoscaler: Autoscaler;
  /** Monotonic; no start before it. */
  retryAt: number;
  /** Unwanted ends of the new revision since a change began. */
  crashes: number;
  /** What callers saw since the canary is judged. */
  figures: { old: CallFigures; new: CallFigures };
  /** Said once. */
  hasAlarmed: boolean;
}

const NONE: CallFigures = { calls: 0, failures: 0, timed: 0, p95Ms: 0 };

/** The control of a group that nothing is known of. */
export function createGroupControl(host: Host, range: ReplicaRange): GroupControl {
  return {
    range,
    restarts: createRestartPolicy(host),
    autoscaler: createAutoscaler(host.clock, { range }),
    retryAt: Number.NEGATIVE_INFINITY,
    crashes: 0,
    figures: { old: NONE, new: NONE },
    hasAlarmed: false,
  };
}

/** Forgets what was seen before a change, or before its canary. */
export function resetFigures(control: GroupControl): void {
  control.figures = { old: NONE, new: NONE };
}

/** Figures together; the 95th percentile as the mean of those of the reports, weighted by their calls. */
export function addFigures(one: CallFigures, other: CallFigures): CallFigures {
  const timed = one.timed + other.timed;
  const weighted = one.p95Ms * one.timed + other.p95Ms * other.timed;
  return {
    timed,
    calls: one.calls + other.calls,
    failures: one.failures + other.failures,
    p95Ms: timed === 0 ? 0 : weighted / timed,
  };
}
