import { readIfThere, writeDurably } from '../write-durably.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What a keeper writes down for the one after it: who is alive because of it. */
export interface KeeperState {
  readonly keeper: ProcessIdentity;
  readonly supervisor?: ProcessIdentity;
  readonly children: readonly (ProcessIdentity & { readonly id: string })[];
}

/** Reads the state of the last keeper; `undefined` when there was none, or what is there is no state. */
export function readKeeperState(path: string): KeeperState | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as KeeperState;
    return state.keeper && Array.isArray(state.children) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Puts a state in the place of the one before. */
export function writeKeeperState(path: string, state: KeeperState): void {
  writeDurably(path, `${JSON.stringify(state)}\n`);
}
