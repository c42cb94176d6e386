import { join } from 'node:path';
import { isAlive, readKeeperState, signalProcess } from '@portico/supervisor';

/** The file that a keeper writes down its processes in. */
export function keeperFile(directory: string): string {
  return join(directory, 'keeper.json');
}

/** Whether the keeper of an installation is alive, and so everything that it keeps may be. */
export function isRunning(directory: string): boolean {
  const state = readKeeperState(keeperFile(directory));
  return state !== undefined && isAlive(state.keeper);
}

/**
 * Ends the keeper of an installation, its supervisor and all replicas at once: what was under way is cut
 * off, as by a power cut. The keeper first, which would start another supervisor.
 */
export function endAtOnce(directory: string): void {
  const state = readKeeperState(keeperFile(directory));
  if (!state) return;
  const { keeper, supervisor, children } = state;
  for (const one of [keeper, ...(supervisor ? [supervisor] : []), ...children])
    signalProcess(one, 'SIGKILL');
}
