/** How long a shop took from being started until it listened. */
export interface RestartFigures {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Of processor time: what other programs on the machine change less. */
  readonly cpuMedianMs: number;
  readonly cpuMaxMs: number;
}

/** Measures starts. */
export function createRestarts() {
  const took: number[] = [];
  const cpu: number[] = [];
  return {
    async measure(start: () => Promise<number>): Promise<void> {
      const startedAt = performance.now();
      cpu.push(await start());
      took.push(performance.now() - startedAt);
    },
    figures(): RestartFigures {
      return {
        count: took.length,
        medianMs: rank(took, 0.5),
        p95Ms: rank(took, 0.95),
        maxMs: rank(took, 1),
        cpuMedianMs: rank(cpu, 0.5),
        cpuMaxMs: rank(cpu, 1),
      };
    },
  };
}

/** The nearest rank: a start that was really measured. */
function rank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
}
