import type { ChangeStep } from './change/plan-change.ts';
import type { RollingChange } from './change/rolling-change.ts';
import type { ProcessIdentity } from './keeper/process-identity.ts';
import type { PlacedGroup } from './placement.ts';
import { readIfThere, writeDurably } from './write-durably.ts';

/** What replicas run: an immutable directory, and its name. */
export interface Release {
  readonly name: string;
  readonly directory: string;
}

/** One way that a group can be: what its replicas are started from. Numbered within the group. */
export interface Revision {
  readonly number: number;
  readonly group: PlacedGroup;
  readonly release: Release;
}

/** How a rolling change of a group ended. */
export interface ChangeOutcome {
  readonly phase: 'done' | 'rolled-back';
  /** The release that it went to, or would have gone to. */
  readonly to: string;
  /** Unix time in ms: tells it from the one before. */
  readonly at: number;
  /** Why it was turned back. */
  readonly reason?: string;
}

/** How a re-placement ended. */
export interface PlanOutcome {
  /** Unix time in ms: tells it from the one before. */
  readonly at: number;
  /** Why it was turned back. */
  readonly reason?: string;
}

/** A group as the supervisor wants it. */
export interface GroupRecord {
  readonly revisions: readonly Revision[];
  readonly current: number;
  /** Where a rollback goes. */
  readonly previous?: number;
  /** How many replicas are wanted at present. */
  readonly count: number;
  readonly change?: RollingChange;
  /** How the change before ended. */
  readonly last?: ChangeOutcome;
  /** Drained until nothing is left of it. */
  readonly ending?: boolean;
}

/** A re-placement under way. */
export interface RunningPlan {
  readonly steps: readonly ChangeStep[];
  readonly at: number;
  /** Unix time in ms, of the present step. */
  readonly since: number;
  /** What the present step takes has been ordered. */
  readonly ordered?: boolean;
  /** The way back; absent when this is it. */
  readonly undo?: readonly ChangeStep[];
  readonly reason?: string;
}

/** Everything that the next supervisor has to know. */
export interface SupervisorState {
  /** The keeper that it works for: under another one everything has been started anew. */
  readonly keeper: ProcessIdentity;
  /** Unix time in ms at which this state was begun: tables of an earlier one are older. */
  readonly epoch: number;
  readonly generation: number;
  /** Makes the tokens of replicas. */
  readonly secret: string;
  readonly groups: Readonly<Record<string, GroupRecord>>;
  /** Service → groups it is called in, while that is not simply where it runs. */
  readonly routes: Readonly<Record<string, readonly string[]>>;
  readonly plan?: RunningPlan;
  /** How the plan before ended. */
  readonly lastPlan?: PlanOutcome;
}

/** Reads the state of the last supervisor. @throws {Error} naming a file that is no state. */
export function readState(path: string): SupervisorState | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as SupervisorState;
    if (typeof state.epoch === 'number' && state.keeper && state.groups) return state;
  } catch {
    // Told below.
  }
  throw new Error(`Cannot go on from ${path}: it is not a supervisor's state. Move it away.`);
}

/** Puts a state in the place of the one before: it is on disk when this returns. */
export function writeState(path: string, state: SupervisorState): void {
  writeDurably(path, `${JSON.stringify(state)}\n`);
}
