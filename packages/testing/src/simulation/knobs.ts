import { TIMINGS, type Timings } from '@portico/runtime';
import type { Draw } from './draw.ts';

/** How fast things are in a simulation: every combination must keep the promises. */
export interface Knobs {
  /** A call and its answer are on their way this long at most, each. */
  readonly networkMs: number;
  /** How likely a store lets time pass at one of the moments where it may. */
  readonly pauseChance: number;
  /** For how long at most. */
  readonly pauseMs: number;
  /** How likely time passes after a single statement. */
  readonly statementPauseChance: number;
  /** Timers fire this much too late at most. */
  readonly latenessMs: number;
  /** Wall clocks are this far from the true time at most. */
  readonly skewMs: number;
  /** How long a node is down at most. */
  readonly restartMs: number;
  /** How likely what comes after a crash is another replica: leases of the dead one have to run out. */
  readonly replacedChance: number;
  /** The runtime's own: leases, renewals, sweeps, retries, limits. */
  readonly timings: Timings;
}

/** Knobs for a seed. Half of all stores are fast, as they are in life. */
export function drawKnobs(draw: Draw): Knobs {
  const quick = draw.chance(0.5);
  return {
    networkMs: draw.pick([1, 5, 50, 500]),
    pauseChance: quick ? 0 : draw.pick([0.05, 0.2, 0.6]),
    pauseMs: draw.pick([1, 5, 20, 100]),
    statementPauseChance: draw.chance(0.3) ? draw.pick([0.05, 0.3]) : 0,
    latenessMs: draw.pick([0, 0, 1, 10]),
    skewMs: draw.pick([0, 0, 500, 20_000]),
    restartMs: draw.pick([50, 500, 3_000]),
    replacedChance: draw.pick([0, 0.2, 1]),
    timings: drawTimings(draw),
  };
}

/** As they are by default in a third of all seeds; else each part shorter or longer by itself. */
function drawTimings(draw: Draw): Timings {
  const own = draw.fork();
  const leaseMs = own.pick([2_000, 5_000, 10_000, 20_000]);
  const drawn: Timings = {
    leaseMs,
    leaseRenewMs: Math.round(leaseMs * own.pick([0.1, 0.3, 0.6])),
    leaseLookMs: Math.round(leaseMs * own.pick([0.02, 0.1, 0.5])),
    jobTimeoutMs: own.pick([3_000, 10_000, 60_000]),
    eventTimeoutMs: own.pick([3_000, 10_000, 30_000]),
    eventRetriesMs: own.pick([[100, 500, 2_000], [500], TIMINGS.eventRetriesMs]),
    sagaSweepMs: own.pick([100, 1_000, 5_000]),
    sagaRetryFirstMs: own.pick([100, 1_000, 3_000]),
    sagaRetryLastMs: own.pick([5_000, 60_000]),
    sagaStuckRetryMs: own.pick([60_000, 600_000]),
    sagaPivotTimeoutMs: own.pick([2_000, 10_000]),
  };
  return draw.chance(1 / 3) ? TIMINGS : drawn;
}
