import type { Placement } from './placement.ts';

/** Where the whole process stands. */
export type RuntimeState = 'starting' | 'ready' | 'not-ready' | 'draining' | 'stopped';

/** What a probe, a supervisor or a console may know of a process. */
export interface Health {
  readonly state: RuntimeState;
  /** Whether every service serves. Never depends on services of other processes. */
  readonly ready: boolean;
  /** Calls, jobs and hooks under way. */
  readonly inFlight: number;
  readonly services: Readonly<Record<string, ServiceHealth>>;
}

/** What may be known of one service. */
export interface ServiceHealth {
  readonly ready: boolean;
  /** Why it does not serve. */
  readonly reason?: string;
  readonly inFlight: number;
}

/** The health of a process whose life is at `phase`. */
export function toHealth(
  phase: Exclude<RuntimeState, 'not-ready'>,
  placements: readonly Placement[],
): Health {
  const services: Record<string, ServiceHealth> = {};
  for (const placement of placements) services[placement.name] = toServiceHealth(placement);
  const serving = placements.every((placement) => placement.serving);
  const state = phase === 'ready' && !serving ? 'not-ready' : phase;
  const inFlight = placements.reduce((sum, placement) => sum + placement.inFlight, 0);
  return { state, ready: state === 'ready', inFlight, services };
}

function toServiceHealth({ phase, storeProblem, serving, inFlight }: Placement): ServiceHealth {
  if (serving) return { ready: true, inFlight };
  const reason = phase === 'ready' ? storeProblem : phase;
  return { ready: false, inFlight, ...(reason === undefined ? {} : { reason }) };
}
