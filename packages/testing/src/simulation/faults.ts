import type { Draw } from './draw.ts';

/** What goes wrong. Everything is optional; what is absent or 0 does not happen. */
export interface Faults {
  /** Mean ms between crashes of a node at any moment; it starts again by itself. */
  readonly crashEveryMs?: number;
  /** Mean ms between crashes right before or after a statement: a COMMIT in half of the cases. */
  readonly statementCrashEveryMs?: number;
  /** Mean ms between moments from which a node's disk is full, for up to 2 s. */
  readonly fullDiskEveryMs?: number;
  /** Mean ms between stalls of a node, up to 15 s: longer than any lease. */
  readonly stallEveryMs?: number;
  /** Mean ms between moments from which a node runs 10 to 100 times slower, for up to 5 s. */
  readonly slownessEveryMs?: number;
  /** Mean ms between jumps of a node's wall clock, forward or back, up to 10 minutes. */
  readonly clockJumpEveryMs?: number;
  /** How likely another program holds a store's lock when a transaction begins. */
  readonly busyChance?: number;
  /** How likely a COMMIT fails, and takes everything back. */
  readonly failedCommitChance?: number;
  /** How likely a call does not arrive. */
  readonly lostRequestChance?: number;
  /** How likely the answer to a call does not arrive: its outcome is unknown. */
  readonly lostReplyChance?: number;
  /** How likely a repeatable call arrives a second time, later, perhaps at another node. */
  readonly repeatedRequestChance?: number;
}

type FaultName = keyof Faults;

/** From how often to how rarely something goes wrong, where it does. */
const RANGES: Readonly<Record<FaultName, readonly [number, number]>> = {
  crashEveryMs: [1_000, 8_000],
  statementCrashEveryMs: [500, 6_000],
  fullDiskEveryMs: [1_000, 10_000],
  stallEveryMs: [2_000, 20_000],
  slownessEveryMs: [1_000, 10_000],
  clockJumpEveryMs: [1_000, 10_000],
  busyChance: [0.01, 0.3],
  failedCommitChance: [0.005, 0.1],
  lostRequestChance: [0.01, 0.1],
  lostReplyChance: [0.01, 0.2],
  repeatedRequestChance: [0.02, 0.3],
};
/** Each kind is on in this part of all seeds: bugs hide behind the absence of faults too. */
const ON_CHANCE = 0.4;

/**
 * Faults for a seed: some kinds, each with a rate of its own. Different seeds have different ones, since
 * with everything at once the rarer combinations never come about.
 */
export function drawFaults(draw: Draw): Faults {
  const faults: Record<string, number> = {};
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const portion = draw.int(0, 1_000) / 1_000;
    // Drawn whether it is used or not, so that one kind more does not change all others.
    const rate = low * (high / low) ** portion;
    if (draw.chance(ON_CHANCE)) faults[name] = name.endsWith('Ms') ? Math.round(rate) : rate;
  }
  return faults;
}
