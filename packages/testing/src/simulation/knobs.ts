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
  };
}
