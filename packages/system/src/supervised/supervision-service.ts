import type { Timers } from '@portico/host';
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
  /** Sees to what a placement has to have, whoever made it. */
  readonly settle: (placement: Placement) => Placement;
  /** Everything that speaks against a release of a group, as sentences. */
  readonly obstacles: (group: string, directory: string) => Promise<readonly string[]>;
  /** The same of going back to the release before. */
  readonly rollbackObstacles: (group: string) => Promise<readonly string[]>;
  /** Brings the stores of a group to the schema of a release. @throws {Error} naming what failed. */
  readonly migrate: (group: string, directory: string) => Promise<void>;
  readonly timers: Timers;
}

/** Migrations that take longer go on; whoever ordered them is told so before the call ends. */
const MIGRATE_MS = 45_000;

/** The supervisor as a service, for the socket that only this installation reaches. */
export function createSupervisionService(options: SupervisionOptions): Service {
  const { supervisor, place, settle, obstacles, rollbackObstacles } = options;
  const migrate = createMigrations(options);
  const supervision = service(Supervision)({
    operations: {
      getStatus: () => toStatus(supervisor),
      getRoutes: () => supervisor.table() as never,
      scale: ({ group, min, max }) =>
        attempt(() => {
          const next = settle(withRange(supervisor.placement(), group, { min, max }));
          supervisor.apply(next);
          const { replicas } = next.groups.find(({ name }) => name === group) ?? {};
          return { min, max, ...replicas };
        }),
      restart: ({ group }) => attempt(() => supervisor.restart(group)),
      drain: ({ replica }) => attempt(() => supervisor.drain(replica)),
      async update({ group, release, directory }) {
        refuse(await attempt(() => obstacles(group, directory)));
        await attempt(() => migrate(group, directory));
        await attempt(() => supervisor.update(group, { name: release, directory }));
      },
      async rollback({ group }) {
        refuse(await attempt(() => rollbackObstacles(group)));
        await attempt(() => supervisor.rollback(group));
      },
      apply: ({ topology, dryRun = false }) =>
        attempt(() => {
          const next = settle(place(topology));
          const steps = dryRun ? supervisor.plan(next) : supervisor.apply(next);
          return { steps: describePlan(steps).split('\n') };
        }),
      move: ({ service: moved, group, dryRun = false }) =>
        attempt(() => {
          const next = settle(withMove(supervisor.placement(), moved, group));
          const steps = dryRun ? supervisor.plan(next) : supervisor.apply(next);
          return { steps: describePlan(steps).split('\n') };
        }),
      stop: () => supervisor.stop(),
    },
  });
  return supervision as unknown as Service;
}

/** Migrations by group and release: whoever asks again while they run waits for the same ones. */
function createMigrations({ migrate, timers }: SupervisionOptions) {
  const running = new Map<string, Promise<void>>();
  return async (group: string, directory: string): Promise<void> => {
    const name = JSON.stringify([group, directory]);
    const begun =
      running.get(name) ?? migrate(group, directory).finally(() => running.delete(name));
    running.set(name, begun);
    const timer = new AbortController();
    const isOver = await Promise.race([
      begun.then(() => true),
      timers.sleep(MIGRATE_MS, timer.signal).then(() => false),
    ]).finally(() => timer.abort());
    if (isOver) return;
    throw new Error(
      `The migrations of ${group} are still running, beside what serves. Order the update again ` +
        'when they have ended; until then it waits for them.',
    );
  };
}

function refuse(obstacles: readonly string[]): void {
  if (obstacles.length > 0) throw NotPossible(undefined, obstacles.join('\n'));
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
