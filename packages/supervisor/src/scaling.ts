import type { Clock } from '@portico/host';
import type { Logger } from '@portico/service';
import type { Fleet, FleetReplica } from './fleet.ts';
import type { GroupControl } from './group-control.ts';
import { revisionOf } from './group-steps.ts';
import type { Placement } from './placement.ts';
import { withGroup } from './plan-runner.ts';
import { type Machine, memoryRoomOf, roomOf } from './policy/machine-room.ts';
import type { GroupRecord, SupervisorState } from './supervisor-state.ts';

/** What looks at load and memory, once a second. */
export interface Scaling {
  /** @returns the state with the numbers of replicas that are wanted now. */
  look(state: SupervisorState, controlOf: (group: string) => GroupControl): SupervisorState;
}

interface ScalingScene {
  readonly fleet: Fleet;
  readonly machine: () => Machine;
  readonly clock: Clock;
  readonly log: Logger;
}

interface ScaledGroup {
  readonly name: string;
  readonly record: GroupRecord;
  readonly control: GroupControl;
}

const MIB = 1024 ** 2;
const OVER_FOR_MS = 30_000;
/** Beyond it there is no time for a drain: the machine would take somebody. */
const OVER_FAR = 1.2;
/** Modules are loaded and contracts compiled long before; a change has the same limit. */
const READY_WITHIN_MS = 60_000;

/** Looks at each group's load and each replica's memory, and at replicas that never get ready. */
export function createScaling(scene: ScalingScene): Scaling {
  const { fleet, machine, clock, log } = scene;
  const overSince = new Map<string, number>();
  let fullSince = new Set<string>();

  const lookAtMemory = (replica: FleetReplica, limit: number) => {
    const { id, name, report } = replica;
    const used = report?.rssBytes ?? 0;
    if (used > OVER_FAR * limit) fleet.kill(name, `${used} bytes of memory, allowed ${limit}`);
    if (used <= limit) return void overSince.delete(id);
    const since = overSince.get(id) ?? clock.monotonic();
    overSince.set(id, since);
    if (clock.monotonic() - since >= OVER_FOR_MS && replica.retiring === undefined)
      fleet.retire(name, `over ${limit} bytes of memory for 30 s`);
  };
  const lookAtReplicas = (name: string, record: GroupRecord) => {
    const limit = revisionOf(record, record.current)?.group.limits.memoryBytes;
    for (const replica of fleet.of(name)) {
      if (limit !== undefined && !replica.ending) lookAtMemory(replica, limit);
      const isLate = clock.now() - replica.startedAt > READY_WITHIN_MS;
      if (replica.health.phase === 'starting' && isLate && !record.change)
        fleet.kill(replica.name, 'it was not ready within 60 s');
    }
  };
  const decide = ({ name, record, control }: ScaledGroup, room: number) => {
    const range = revisionOf(record, record.current)?.group.replicas;
    if (!range || range.min === range.max || record.change || record.ending) return record.count;
    const replicas = fleet.of(name).filter(({ ending }) => !ending);
    const now = clock.now();
    const decision = control.autoscaler.decide({
      replicas: replicas.map(({ health, startedAt, report }) => ({
        ready: health.phase === 'ready',
        ageMs: now - startedAt,
        ...(report?.load ? { load: report.load } : {}),
      })),
      room,
    });
    const isFull = decision.kind === 'full';
    if (isFull && !fullSince.has(name))
      log.warn({ group: name, event: 'at-capacity', wanted: decision.wanted }, 'machine is full');
    if (isFull) fullSince.add(name);
    else fullSince.delete(name);
    if (decision.kind === 'start') return Math.min(range.max, replicas.length + decision.count);
    if (decision.kind === 'drain') {
      log.info({ group: name, reason: decision.reason }, 'scaling down');
      return Math.max(range.min, replicas.length - decision.count);
    }
    return record.count;
  };
  return {
    look(state, controlOf) {
      for (const [name, record] of Object.entries(state.groups)) lookAtReplicas(name, record);
      const living = new Set(fleet.replicas.map(({ id }) => id));
      for (const id of overSince.keys()) if (!living.has(id)) overSince.delete(id);
      fullSince = new Set([...fullSince].filter((name) => state.groups[name]));
      if (state.plan) return state;
      let room = roomOf(machine(), {
        added: addedTo(state, fleet),
        meanRssBytes: meanRss(fleet.replicas),
      });
      let next = state;
      // The hottest first: it takes what room there is.
      const names = Object.keys(state.groups).toSorted(
        (one, other) => controlOf(other).autoscaler.heat - controlOf(one).autoscaler.heat,
      );
      for (const name of names) {
        const record = next.groups[name];
        if (!record) continue;
        const count = decide({ name, record, control: controlOf(name) }, room);
        if (count === record.count) continue;
        room -= Math.max(0, count - record.count);
        log.info({ group: name, from: record.count, to: count }, 'replicas wanted');
        next = withGroup(next, name, { ...record, count });
      }
      return next;
    },
  };
}

/**
 * Holds that a placement's least replicas have memory on this machine.
 * @throws {Error} saying for how many more there is.
 */
export function assertRoom(next: Placement, { state, fleet, machine }: RoomScene): void {
  const least = next.groups.reduce((sum, { replicas }) => sum + replicas.min, 0);
  const wanted = Object.values(state.groups).reduce((sum, { count }) => sum + count, 0);
  const meanRssBytes = meanRss(fleet.replicas);
  const room = memoryRoomOf(machine(), meanRssBytes);
  if (least - wanted <= room) return;
  const each = `${Math.round(meanRssBytes / MIB)} MiB`;
  throw new Error(
    `This machine has memory for ${room} more replicas, of about ${each} each; this would add ${least - wanted}.`,
  );
}

interface RoomScene extends Pick<ScalingScene, 'fleet' | 'machine'> {
  readonly state: SupervisorState;
}

/** Replicas beyond the least of each group that scales. */
function addedTo(state: SupervisorState, fleet: Fleet): number {
  const added = Object.entries(state.groups).map(([name, record]) => {
    const least = revisionOf(record, record.current)?.group.replicas.min ?? 0;
    return Math.max(0, fleet.of(name).length - least);
  });
  return added.reduce((sum, count) => sum + count, 0);
}

/** What a replica takes that has not said yet. */
const RSS_GUESS_BYTES = 100 * MIB;

/** Resident memory of one replica, on average over those that have said so. In bytes. */
function meanRss(replicas: readonly FleetReplica[]): number {
  const known = replicas.flatMap(({ report }) => (report ? [report.rssBytes] : []));
  if (known.length === 0) return RSS_GUESS_BYTES;
  return known.reduce((sum, bytes) => sum + bytes, 0) / known.length;
}
