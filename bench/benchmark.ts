import type { Results } from './measure.ts';

/** One row of a comparison: our figure over somebody else's. */
export interface Ratio {
  /** What is compared with what: `portico ÷ moleculer, calls per second`. */
  readonly label: string;
  readonly ratio: number;
  /** What the design asks for; absent for information. */
  readonly goal?: number;
  /** Whether a smaller ratio is the better one (time, memory). */
  readonly lowerIsBetter?: boolean;
}

/** A comparison that `npm run bench -- NAME` runs. */
export interface Benchmark {
  readonly name: string;
  /** What is done, in a sentence: the work is the same on every side. */
  readonly work: string;
  /**
   * Measures all arms interleaved, `rounds` times; `seconds` is how long each load lasts where it is not as
   * long as this benchmark has it.
   */
  run(rounds: number, seconds?: number): Promise<Results>;
  /** The ratios that matter, from the medians. */
  ratios(results: Results): readonly Ratio[];
}

/** Median of one figure of one arm. @throws {Error} when there is none. */
export function median(results: Results, arm: string, figure: string): number {
  const summary = results[arm]?.[figure];
  if (!summary) throw new Error(`no figure "${figure}" of arm "${arm}"`);
  return summary.median;
}
