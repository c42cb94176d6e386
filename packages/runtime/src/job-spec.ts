/** Periodic work that is under way. */
export interface Jobs {
  /** No tick fires any more; runs under way are told to end. Resolves when they have. */
  stop(): Promise<void>;
}

/** One job of a service. */
export interface JobSpec {
  /** As its author wrote it; its name too. */
  readonly period: string;
  readonly periodMs: number;
  readonly work: (context: never) => Promise<void>;
}

/**
 * When a job that was due at `dueAt` is due next: ticks that passed meanwhile, or while the process was
 * stalled, count as one.
 */
export function nextDue(dueAt: number, periodMs: number, now: number): number {
  const missed = Math.floor(Math.max(0, now - dueAt) / periodMs);
  return dueAt + (missed + 1) * periodMs;
}
