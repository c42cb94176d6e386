import { type Service, service } from '@portico/service';
import {
  describePlan,
  type GroupStatus,
  type Placement,
  type ReplicaStatus,
  type Supervisor,
  type SupervisorStatus,
} from '@portico/supervisor';
import { withMove, withRange } from './placement-edits.ts';
import { NotPossible, type SupervisionStatus as Status, Supervision } from './supervision-api.ts';

/** What the service needs beside the supervisor. */
export interface SupervisionOptions {
  readonly supervisor: Supervisor;
  /** What to go over to. @throws {Error} for a topology file that does not fit the system. */
  readonly place: (topology: string) => Placement;
  /** Everything that speaks against a release of a group, as sentences. */
  readonly obstacles: (group: string, directory: string) => Promise<readonly string[]>;
}

/** The supervisor as a service, for the socket that only this installation reaches. */
export function createSupervisionService(options: SupervisionOptions): Service {
  const { supervisor, place, obstacles } = options;
  const supervision = service(Supervision)({
    operations: {
      getStatus: () => toStatus(supervisor),
      getRoutes: () => supervisor.table() as never,
      scale: ({ group, min, max }) =>
        attempt(
          () => void supervisor.apply(withRange(supervisor.placement(), group, { min, max })),
        ),
      restart: ({ group }) => attempt(() => supervisor.restart(group)),
      async update({ group, release, directory }) {
        const found = await attempt(() => obstacles(group, directory));
        if (found.length > 0) throw NotPossible(undefined, found.join('\n'));
        await attempt(() => supervisor.update(group, { name: release, directory }));
      },
      rollback: ({ group }) => attempt(() => supervisor.rollback(group)),
      apply: ({ topology, dryRun = false }) =>
        attempt(() => {
          const next = place(topology);
          const steps = dryRun ? supervisor.plan(next) : supervisor.apply(next);
          return { steps: describePlan(steps).split('\n') };
        }),
      move: ({ service: moved, group, dryRun = false }) =>
        attempt(() => {
          const next = withMove(supervisor.placement(), moved, group);
          const steps = dryRun ? supervisor.plan(next) : supervisor.apply(next);
          return { steps: describePlan(steps).split('\n') };
        }),
      stop: () => supervisor.stop(),
    },
  });
  return supervision as unknown as Service;
}

/** What can't be done is the caller's to know, in the words that say why. */
async function attempt<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (problem) {
    throw NotPossible(undefined, (problem as Error).message);
  }
}

function toStatus(supervisor: Supervisor): Status {
  const { epoch, generation, groups, plan, lastPlan } = supervisor.status();
  const shown = plan && toProgress(plan);
  return {
    ...{ epoch, generation, settled: supervisor.isSettled(), groups: groups.map(toGroup) },
    ...(shown === undefined ? {} : { plan: shown }),
    ...(lastPlan ? { lastPlan } : {}),
  };
}

function toGroup(group: GroupStatus): Status['groups'][number] {
  const { name, services, release, previous, wanted, range, restarts, change, last } = group;
  return {
    ...{ name, services: [...services], release, wanted, min: range.min, max: range.max, restarts },
    ...(previous === undefined ? {} : { previous }),
    ...(change ? { change: `to ${change.to}: ${change.phase}${reasonOf(change.reason)}` } : {}),
    ...(last ? { last } : {}),
    replicas: group.replicas.map(toReplica),
  };
}

function toReplica(replica: ReplicaStatus): Status['groups'][number]['replicas'][number] {
  const { load, problem, rssBytes, ...shown } = replica;
  return {
    ...shown,
    ...(problem === undefined ? {} : { problem }),
    ...(rssBytes === undefined ? {} : { rssBytes }),
    ...(load ? { inFlight: load.inFlight, utilisation: load.utilisation } : {}),
  };
}

function toProgress({ step, steps, reason }: NonNullable<SupervisorStatus['plan']>): string {
  const way = reason === undefined ? '' : `back, because ${reason}: `;
  return `${way}${step < steps ? `step ${step + 1}` : 'all'} of ${steps}`;
}

function reasonOf(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
