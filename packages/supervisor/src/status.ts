import type { RollingPhase } from './change/rolling-change.ts';
import type { Fleet } from './fleet.ts';
import type { GroupControl } from './group-control.ts';
import { revisionOf } from './group-steps.ts';
import type { ReplicaRange } from './placement.ts';
import type { LoadSample } from './policy/load-sample.ts';
import type { ReplicaPhase } from './policy/replica-health.ts';
import type { RestartState } from './policy/restart-policy.ts';
import type { ChangeOutcome, PlanOutcome, SupervisorState } from './supervisor-state.ts';

/** One replica, for people. */
export interface ReplicaStatus {
  readonly name: string;
  readonly phase: ReplicaPhase;
  readonly release: string;
  readonly revision: number;
  /** Unix time in ms. */
  readonly startedAt: number;
  readonly load?: LoadSample;
  readonly rssBytes?: number;
  readonly problem?: string;
}

/** One group, for people. */
export interface GroupStatus {
  readonly name: string;
  readonly services: readonly string[];
  readonly release: string;
  /** Where a rollback would go. */
  readonly previous?: string;
  readonly wanted: number;
  readonly range: ReplicaRange;
  readonly restarts: RestartState;
  readonly change?: { readonly phase: RollingPhase; readonly to: string; readonly reason?: string };
  /** How the change before ended. */
  readonly last?: ChangeOutcome;
  readonly replicas: readonly ReplicaStatus[];
}

/** Everything on one machine, for people. */
export interface SupervisorStatus {
  readonly epoch: number;
  readonly generation: number;
  readonly groups: readonly GroupStatus[];
  readonly plan?: { readonly step: number; readonly steps: number; readonly reason?: string };
  /** How the re-placement before ended. */
  readonly lastPlan?: PlanOutcome;
}

/** Where everything stands. */
export function toStatus(
  state: SupervisorState,
  fleet: Fleet,
  controlOf: (group: string) => GroupControl,
): SupervisorStatus {
  const groups = Object.keys(state.groups)
    .toSorted()
    .flatMap((name) => {
      const one = toGroup(state, fleet, name);
      return one ? [{ ...one, restarts: controlOf(name).restarts.state }] : [];
    });
  const { epoch, generation, plan, lastPlan } = state;
  const common = { epoch, generation, groups, ...(lastPlan ? { lastPlan } : {}) };
  if (!plan) return common;
  const { at, steps, reason } = plan;
  const shown = { step: at, steps: steps.length, ...(reason === undefined ? {} : { reason }) };
  return { ...common, plan: shown };
}

function toGroup(
  state: SupervisorState,
  fleet: Fleet,
  name: string,
): Omit<GroupStatus, 'restarts'> | undefined {
  const record = state.groups[name];
  const current = record && revisionOf(record, record.current);
  if (!record || !current) return undefined;
  const previous = record.previous === undefined ? undefined : revisionOf(record, record.previous);
  const { change } = record;
  const target = change && revisionOf(record, change.to);
  return {
    name,
    services: current.group.services,
    release: current.release.name,
    ...(previous ? { previous: previous.release.name } : {}),
    wanted: record.count,
    range: current.group.replicas,
    ...(change && target
      ? {
          change: {
            phase: change.phase,
            to: target.release.name,
            ...(change.reason === undefined ? {} : { reason: change.reason }),
          },
        }
      : {}),
    ...(record.last ? { last: record.last } : {}),
    replicas: fleet.of(name).map(({ report, health, ...one }) => ({
      name: one.name,
      phase: health.phase,
      release: one.release,
      revision: one.revision,
      startedAt: one.startedAt,
      ...(report?.load ? { load: report.load } : {}),
      ...(report ? { rssBytes: report.rssBytes } : {}),
      ...(report?.problem === undefined ? {} : { problem: report.problem }),
    })),
  };
}
