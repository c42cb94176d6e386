import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A seed that once broke a promise. It runs before all others. */
export interface BuriedSeed {
  readonly seed: number;
  readonly size: number;
  /** What it had found. */
  readonly why: string;
}

/** The seeds of a workload that once broke a promise: `graveyard/<workload>.json`. */
export function buriedSeeds(workload: string): readonly BuriedSeed[] {
  const path = join(import.meta.dirname, 'graveyard', `${workload}.json`);
  if (!existsSync(path)) return [];
  return JSON.parse(readFileSync(path, 'utf8')) as readonly BuriedSeed[];
}
