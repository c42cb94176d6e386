import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Where servers run, one arm at a time being loaded. */
export const SERVER_CPU = 0;
/** Where what loads them runs. */
export const LOAD_CPU = 1;

/**
 * A command that keeps to one processor. A load generator that shares the server's takes it away at every
 * answer, and how often it does so depends on chance: pinned, every arm has one processor for itself
 * with all its threads. Without `taskset` (util-linux), or with one processor only, the command as it is.
 */
export function pinTo(cpu: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', String(cpu), ...command] : command;
}

const canPin = availableParallelism() > 1 && !spawnSync('taskset', ['--version']).error;
