import type { Host } from '@portico/host';
import { readKeeperState } from './keeper-state.ts';
import { isAlive, signalProcess } from './process-identity.ts';

/** What a replica needs at most to end what it has accepted. */
const DRAIN_MS = 35_000;
const LOOK_AGAIN_MS = 50;

/** What became of those whom a keeper left behind. */
export interface EndedOrphans {
  readonly drained: readonly string[];
  /** Did not end within 35 s. */
  readonly killed: readonly string[];
}

/**
 * Drains the children of a keeper that died: they serve on without one, but nobody would watch or replace
 * them, and they hold the ports. Told apart from strangers with the same numbers by when they started.
 *
 * @throws {Error} when that keeper is alive.
 */
export async function endOrphans(stateFile: string, host: Host): Promise<EndedOrphans> {
  const state = readKeeperState(stateFile);
  if (!state) return { drained: [], killed: [] };
  if (isAlive(state.keeper)) {
    throw new Error(
      `It is running already (keeper, pid ${state.keeper.pid}). Stop that first, or use another directory.`,
    );
  }
  const supervisor = state.supervisor ? [{ ...state.supervisor, id: 'supervisor' }] : [];
  const orphans = [...state.children, ...supervisor].filter(isAlive);
  for (const orphan of orphans) signalProcess(orphan, 'SIGTERM');
  const until = host.clock.monotonic() + DRAIN_MS;
  let left = orphans;
  while (left.length > 0 && host.clock.monotonic() < until) {
    await host.timers.sleep(LOOK_AGAIN_MS);
    left = left.filter(isAlive);
  }
  const killed = left.map(({ id }) => id);
  for (const orphan of left) signalProcess(orphan, 'SIGKILL');
  while (left.some(isAlive)) await host.timers.sleep(LOOK_AGAIN_MS);
  const drained = orphans.map(({ id }) => id).filter((id) => !killed.includes(id));
  return { drained, killed };
}
