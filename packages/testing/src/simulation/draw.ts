import { createSimulatedHost, type Random } from '@portico/host';

/** Decisions of a simulation, all from one seed. */
export interface Draw {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** A time in ms whose mean is `meanMs`: mostly shorter, sometimes much longer (exponential). */
  delayMs(meanMs: number): number;
  /** True with probability `chance`. Draws nothing when the answer is certain. */
  chance(chance: number): boolean;
  /** One of `choices`; throws when there is none. */
  pick<T>(choices: readonly T[]): T;
  /** Another source of decisions, which goes on by itself however many this one makes. */
  fork(): Draw;
  /** A seed for something else. */
  seed(): number;
}

/** Mean times are exceeded by at most this factor, so that a rare draw does not stop a simulation. */
const DELAY_FACTOR_MAX = 8;
/** Seeds that are drawn: safe integers with room above. */
const SEEDS = 2 ** 48;

/** Decisions from a seed: equal seeds decide alike. */
export function createDraw(seed: number): Draw {
  const random: Random = createSimulatedHost({ seed }).random;
  const drawSeed = () => Math.floor(random.float() * SEEDS);
  return {
    int: (min, max) => min + Math.floor(random.float() * (max - min + 1)),
    delayMs(meanMs) {
      const factor = Math.min(DELAY_FACTOR_MAX, -Math.log(1 - random.float()));
      return Math.round(meanMs * factor);
    },
    chance(chance) {
      if (chance <= 0) return false;
      return chance >= 1 || random.float() < chance;
    },
    pick(choices) {
      const index = Math.floor(random.float() * choices.length);
      if (choices.length === 0) throw new RangeError('There is nothing to pick from.');
      return choices[index] as (typeof choices)[number];
    },
    fork: () => createDraw(drawSeed()),
    seed: drawSeed,
  };
}
