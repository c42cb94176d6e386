import { join } from 'node:path';
import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import type { ControlCentre, ReplicaReport } from './control.ts';
import type { Keeper } from './keeper/keeper-client.ts';
import type { ChildExit, KeptChild } from './keeper/messages.ts';
import { type Equipment, type LaunchedReplica, type RunPlaces, toSpawnRequest } from './launch.ts';
import { writeCrashReport } from './logs/crash-report.ts';
import { surgeOf } from './placement.ts';
import { type Machine, startsAtOnce } from './policy/machine-room.ts';
import { afterCheck, afterDrain, newborn, type ReplicaHealth } from './policy/replica-health.ts';
import type { Revision } from './supervisor-state.ts';

/** A replica that is there. */
export interface FleetReplica extends LaunchedReplica {
  readonly group: string;
  readonly revision: number;
  readonly release: string;
  readonly services: readonly string[];
  /** Unix time in ms. */
  readonly startedAt: number;
  readonly health: ReplicaHealth;
  /** Contract versions, as it reports them. */
  readonly versions: Readonly<Record<string, string>>;
  readonly report?: ReplicaReport;
  /** A reason to replace it: when another one is ready, it is drained. */
  readonly retiring?: string;
  /** Asked to end; what it says with its exit is no accident. */
  readonly ending: boolean;
}

/** What a fleet works with. */
export interface FleetOptions {
  readonly host: Host;
  readonly log: Logger;
  readonly keeper: Keeper;
  readonly control: ControlCentre;
  readonly controlAddress: string;
  readonly places: RunPlaces;
  readonly listeners: readonly string[];
  /** This machine, where the system has several. */
  readonly site?: Site;
  readonly machine: () => Machine;
  program(
    replica: LaunchedReplica,
    revision: Revision,
  ): { readonly command: string; readonly args: readonly string[] };
  equip(replica: LaunchedReplica, revision: Revision): Promise<Equipment>;
  /** A replica of `group` has ended; `isAccident` when nobody had asked for it. */
  ended(replica: FleetReplica, isAccident: boolean): void;
}

/** One of several machines. */
export interface Site {
  /** Part of the names of its replicas, so that they are unique in the system. */
  readonly machine: string;
  /** How other machines reach it. */
  readonly host: string;
}

/** The replicas of one machine: the hands of the supervisor. Decides nothing. */
export interface Fleet {
  readonly replicas: readonly FleetReplica[];
  of(group: string): readonly FleetReplica[];
  /** Starts one; `false` when all ports of its group are taken, or enough of it are starting. */
  start(revision: Revision): boolean;
  /** Marks it as draining, for the next table; {@link end} tells it. */
  drain(name: string): void;
  /** Tells a draining replica to end, over its connection or by a signal. */
  end(name: string): void;
  kill(name: string, reason: string): void;
  retire(name: string, reason: string): void;
  adopt(
    children: readonly KeptChild[],
    revisionOf: (group: string, number: number) => Revision | undefined,
  ): void;
  exited(id: string, exit: ChildExit): void;
  reported(report: ReplicaReport): FleetReplica | undefined;
}

/** Creates an empty fleet. */
export function createFleet(options: FleetOptions): Fleet {
  const { host, log, keeper, control, places } = options;
  const replicas = new Map<string, FleetReplica>();
  const startsMax = startsAtOnce(options.machine());
  const byName = (name: string) => replicas.get(name);
  const change = (name: string, given: Partial<FleetReplica>) => {
    const known = replicas.get(name);
    if (known) replicas.set(name, { ...known, ...given });
  };
  const remove = (replica: FleetReplica, exit: ChildExit) => {
    const { name, ending } = replica;
    replicas.delete(name);
    control.forget(name);
    // One that ends well was told so, if not by this supervisor then by the one before.
    if (!ending && exit.code !== 0) reportCrash(options, replica, exit);
    else log.info({ replica: name, ...exit }, 'replica ended');
    options.ended(replica, !ending);
  };

  const launch = async (replica: FleetReplica, revision: Revision) => {
    try {
      const equipment = await options.equip(replica, revision);
      if (byName(replica.name)?.ending !== false) throw new Error('it is no longer wanted');
      const token = control.tokenOf(replica.name);
      keeper.spawn(
        toSpawnRequest({
          replica,
          revision,
          equipment,
          program: options.program(replica, revision),
          places,
          control: { address: options.controlAddress, token },
          listeners: options.listeners,
        }),
      );
    } catch (problem) {
      const now = byName(replica.name);
      if (now?.id !== replica.id) return;
      remove(now, { code: null, signal: null, problem: (problem as Error).message });
    }
  };
  const of = (group: string) => [...replicas.values()].filter((one) => one.group === group);
  const startingOf = (group: string) =>
    of(group).filter(({ health }) => health.phase === 'starting');
  const nextNumber = (group: string): number => {
    const taken = new Set(of(group).map((one) => one.number));
    let number = 0;
    while (taken.has(number)) number++;
    return number;
  };
  return {
    get replicas() {
      return [...replicas.values()];
    },
    of,
    start(revision) {
      const { group, release } = revision;
      if (startingOf(group.name).length >= startsMax) return false;
      const number = nextNumber(group.name);
      const { port, replicas: range } = group;
      const { site } = options;
      if (site && number >= range.max + surgeOf(range.max)) return false;
      const name = [group.name, ...(site ? [site.machine] : []), number].join('-');
      const replica: FleetReplica = {
        id: `${name}.${host.ids.uuid()}`,
        name,
        number,
        address: join(places.run, `${name}.sock`),
        ...(site && port !== undefined ? { remoteAddress: `${site.host}:${port + number}` } : {}),
        group: group.name,
        revision: revision.number,
        release: release.name,
        services: group.services,
        startedAt: host.clock.now(),
        health: newborn,
        versions: {},
        ending: false,
      };
      replicas.set(name, replica);
      log.info({ replica: name, revision: revision.number, release: release.name }, 'starting');
      void launch(replica, revision);
      return true;
    },
    drain(name) {
      const replica = byName(name);
      if (!replica || replica.ending) return;
      log.info({ replica: name, reason: replica.retiring }, 'draining');
      change(name, { health: afterDrain(replica.health), ending: true });
    },
    end(name) {
      const replica = byName(name);
      if (!replica) return;
      change(name, { ending: true });
      if (control.isFollowing(name)) control.drain(name);
      else keeper.signal(replica.id, 'SIGTERM');
    },
    kill(name, reason) {
      const replica = byName(name);
      if (!replica) return;
      log.warn({ replica: name, reason }, 'killing');
      keeper.signal(replica.id, 'SIGKILL');
    },
    retire: (name, reason) => change(name, { retiring: reason }),
    adopt(children, revisionOf) {
      for (const { id, about, exit, pid } of children) {
        const known = about as About;
        const revision = revisionOf(known.group, known.revision);
        if (exit || pid === undefined) {
          keeper.forget(id);
          continue;
        }
        replicas.set(known.name, {
          ...known,
          id,
          services: revision?.group.services ?? [],
          startedAt: host.clock.now(),
          health: newborn,
          versions: {},
          ending: false,
        });
        log.info({ replica: known.name, pid }, 'adopted');
      }
    },
    exited(id, exit) {
      keeper.forget(id);
      const replica = [...replicas.values()].find((one) => one.id === id);
      if (replica) remove(replica, exit);
    },
    reported(report) {
      const replica = byName(report.replica);
      if (!replica) return undefined;
      const health = afterCheck(replica.health, report);
      if (health.phase !== replica.health.phase)
        log.info({ replica: replica.name, phase: health.phase, problem: report.problem }, 'health');
      change(replica.name, { health, report, versions: report.versions });
      return byName(replica.name);
    },
  };
}

interface About {
  readonly name: string;
  readonly number: number;
  readonly address: string;
  readonly group: string;
  readonly revision: number;
  readonly release: string;
}

function reportCrash(
  { host, log, places }: FleetOptions,
  replica: FleetReplica,
  exit: ChildExit,
): void {
  const { name, group, release, report, startedAt } = replica;
  const now = host.clock.now();
  const at = new Date(now).toISOString();
  const crash = { replica: name, group, release, at, exit, uptimeMs: now - startedAt };
  const load = report?.load;
  try {
    const path = writeCrashReport(
      join(places.directory, 'crashes'),
      { ...crash, ...(load ? { load } : {}) },
      places.replica(name),
    );
    log.error({ replica: name, ...exit, report: path }, 'replica crashed');
  } catch (problem) {
    log.error({ replica: name, ...exit, problem: String(problem) }, 'replica crashed, unreported');
  }
}
