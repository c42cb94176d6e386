import type { ChangeStep } from './change/plan-change.ts';
import type { PlacedGroup } from './placement.ts';
import type { GroupRecord, Release, RunningPlan, SupervisorState } from './supervisor-state.ts';

/** What can be seen of a plan's progress. */
export interface PlanScene {
  readonly state: SupervisorState;
  /** Unix time in ms. */
  readonly now: number;
  /** What new groups run. */
  readonly release: Release;
  readyOf(group: string): number;
  replicasOf(group: string): number;
  /** Whether every caller holds a table as new as the last one. */
  readonly acknowledged: boolean;
}

/** A group that is new has to be ready within it; a change of a group has a limit of its own. */
const START_WITHIN_MS = 60_000;
const ACKNOWLEDGED_WITHIN_MS = 2_000;

/**
 * One look at a re-placement: orders what the present step needs, if it is not ordered yet, and goes on
 * when it is done. A step that fails turns the plan round; going back, steps that find nothing to do are
 * passed over. The state it returns is written down before anything is done.
 */
export function advancePlan(scene: PlanScene, plan: RunningPlan): SupervisorState {
  const { state, now } = scene;
  const step = plan.steps[plan.at];
  if (!step) {
    const { plan: _, ...rest } = state;
    const reason = plan.reason === undefined ? {} : { reason: plan.reason };
    return { ...rest, routes: {}, lastPlan: { at: now, ...reason } };
  }
  const outcome = advanceStep(scene, plan, step);
  if (outcome === 'waiting') return state;
  if (outcome === 'done') {
    const { ordered: _, ...rest } = plan;
    return { ...state, plan: { ...rest, at: plan.at + 1, since: now } };
  }
  if ('groups' in outcome) return outcome;
  // Back the same way; there is no way back from that, it goes on trying.
  if (!plan.undo) return state;
  const { reason } = outcome;
  return { ...state, plan: { steps: plan.undo, at: 0, since: now, reason } };
}

type StepOutcome = 'waiting' | 'done' | SupervisorState | { readonly reason: string };

function advanceStep(scene: PlanScene, plan: RunningPlan, step: ChangeStep): StepOutcome {
  const { state, now } = scene;
  const elapsedMs = now - plan.since;
  switch (step.kind) {
    case 'start':
      return startGroup(scene, step.group, elapsedMs);
    case 'replace':
      return replaceGroup(scene, plan, step.group);
    case 'route': {
      const routes = { ...state.routes, [step.service]: step.groups };
      if (JSON.stringify(routes) !== JSON.stringify(state.routes)) return { ...state, routes };
      // The table is published at the end of a look: one look later at the earliest.
      if (elapsedMs >= ACKNOWLEDGED_WITHIN_MS) return 'done';
      return scene.acknowledged && elapsedMs > 0 ? 'done' : 'waiting';
    }
    case 'scale':
      return scaleGroup(scene, step.group, step.replicas);
    case 'stop': {
      const record = state.groups[step.group];
      if (!record) return 'done';
      if (record.ending) return 'waiting';
      return withGroup(state, step.group, { ...record, ending: true });
    }
  }
}

function startGroup(scene: PlanScene, group: PlacedGroup, elapsedMs: number): StepOutcome {
  const { state, release } = scene;
  const record = state.groups[group.name];
  if (!record || record.ending) return withGroup(state, group.name, newRecord(group, release));
  if (scene.readyOf(group.name) >= record.count) return 'done';
  if (elapsedMs <= START_WITHIN_MS) return 'waiting';
  return { reason: `${group.name} was not ready within 60 s` };
}

function replaceGroup(
  { state, now }: PlanScene,
  plan: RunningPlan,
  group: PlacedGroup,
): StepOutcome {
  const record = state.groups[group.name];
  const current = record?.revisions.find(({ number }) => number === record.current);
  if (!record || !current) return { reason: `${group.name} is gone` };
  if (record.change) return 'waiting';
  if (sameShape(current.group, group)) return 'done';
  // The change was ordered, is over, and the group is as before.
  if (plan.ordered) return { reason: `${group.name} could not be replaced` };
  const last = Math.max(...record.revisions.map(({ number }) => number));
  const revision = { number: last + 1, group, release: current.release };
  const change = {
    group: group.name,
    from: record.current,
    to: revision.number,
    count: record.count,
    canary: false,
    phase: 'first' as const,
    startedAt: now,
    phaseAt: now,
  };
  const revisions = [...record.revisions, revision];
  const ordered = withGroup(state, group.name, { ...record, revisions, change });
  return { ...ordered, plan: { ...plan, ordered: true } };
}

/** Another range is no other revision: nothing has to be started anew for it. */
function scaleGroup(
  { state }: PlanScene,
  name: string,
  replicas: PlacedGroup['replicas'],
): StepOutcome {
  const record = state.groups[name];
  const current = record?.revisions.find(({ number }) => number === record.current);
  if (!record || !current) return 'done';
  const count = Math.min(replicas.max, Math.max(replicas.min, record.count));
  const isSame = JSON.stringify(current.group.replicas) === JSON.stringify(replicas);
  if (isSame && count === record.count) return 'done';
  const revisions = record.revisions.map((one) => ({ ...one, group: { ...one.group, replicas } }));
  return withGroup(state, name, { ...record, revisions, count });
}

/** A group that starts from nothing. */
export function newRecord(group: PlacedGroup, release: Release): GroupRecord {
  return { revisions: [{ number: 1, group, release }], current: 1, count: group.replicas.min };
}

/** A state with another record of one group, or without it. */
export function withGroup(
  state: SupervisorState,
  name: string,
  record: GroupRecord | undefined,
): SupervisorState {
  const { [name]: _, ...others } = state.groups;
  return { ...state, groups: record ? { ...others, [name]: record } : others };
}

/** Whether replicas of one could be replicas of the other; how many there are is no part of it. */
function sameShape(one: PlacedGroup, other: PlacedGroup): boolean {
  const shapeOf = ({ replicas: _, ...shape }: PlacedGroup) =>
    JSON.stringify(shape, (_key, part: unknown) =>
      part && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  return shapeOf(one) === shapeOf(other);
}
