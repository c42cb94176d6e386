import type { Host } from '@portico/host';
import type { Logger } from '@portico/service';
import { advanceChange, type RollingChange } from './change/rolling-change.ts';
import type { Drains } from './drains.ts';
import type { Fleet, FleetReplica } from './fleet.ts';
import { type GroupControl, resetFigures } from './group-control.ts';
import type { GroupRecord, Revision } from './supervisor-state.ts';

/** What a look at one group works with. */
export interface GroupScene {
  readonly name: string;
  readonly record: GroupRecord;
  readonly control: GroupControl;
  readonly host: Host;
  readonly log: Logger;
  readonly fleet: Fleet;
  readonly drains: Drains;
  /** Writes the record down, before what it says is done; `undefined`: the group is gone. */
  save(record: GroupRecord | undefined): void;
}

/** One look at a group: what is missing is started, what is too much drained, a change goes on. */
export function lookAtGroup(scene: GroupScene): void {
  const { record, fleet, name, control } = scene;
  const replicas = fleet.of(name);
  if (record.ending) {
    for (const one of replicas) scene.drains.begin(one.name);
    if (replicas.length === 0) scene.save(undefined);
    return;
  }
  if (record.change) lookAtChange(scene, record.change);
  else maintain(scene, { revision: record.current, replicas: fleet.of(name), alone: true });
  const ready = replicas.filter(({ health }) => health.phase === 'ready').length;
  control.restarts.observe(ready >= record.count);
  const hasFailed = control.restarts.state === 'failed';
  if (hasFailed && !control.hasAlarmed)
    scene.log.error({ group: name, alarm: 'group-failed' }, 'group failed for 10 minutes');
  control.hasAlarmed = hasFailed;
}

/** The revision of a number. */
export function revisionOf(record: GroupRecord, number: number): Revision | undefined {
  return record.revisions.find((one) => one.number === number);
}

interface Maintained {
  readonly revision: number;
  readonly replicas: readonly FleetReplica[];
  /** Whatever is of another revision goes. */
  readonly alone: boolean;
}

function maintain(scene: GroupScene, { revision: number, replicas, alone }: Maintained): void {
  const { record, drains } = scene;
  const active = replicas.filter(({ ending }) => !ending);
  const mine = active.filter(({ revision }) => revision === number);
  if (alone) for (const one of active) if (one.revision !== number) drains.begin(one.name);
  const staying = mine.filter(({ retiring }) => retiring === undefined);
  start(scene, number, record.count - staying.length);
  // The youngest go first, and those that do not serve before those that do.
  const leaving = staying
    .toSorted((one, other) => serves(one) - serves(other) || other.startedAt - one.startedAt)
    .slice(0, Math.max(0, staying.length - record.count));
  for (const one of leaving) drains.begin(one.name);
  const ready = staying.filter((one) => serves(one) === 1).length;
  if (ready >= record.count)
    for (const one of mine) if (one.retiring !== undefined) drains.begin(one.name);
}

const serves = ({ health }: FleetReplica) => (health.phase === 'ready' ? 1 : 0);

function start({ record, control, host, fleet }: GroupScene, number: number, count: number): void {
  const revision = revisionOf(record, number);
  if (!revision || host.clock.monotonic() < control.retryAt) return;
  for (let index = 0; index < count; index++) if (!fleet.start(revision)) return;
}

function lookAtChange(scene: GroupScene, change: RollingChange): void {
  const { record, control, host, fleet, drains, name, log } = scene;
  const now = host.clock.now();
  const replicas = fleet.of(name).map((one) => ({
    name: one.name,
    revision: one.revision,
    phase: one.health.phase,
    ageMs: now - one.startedAt,
  }));
  const { crashes, figures } = control;
  const step = advanceChange(change, { now, replicas, crashes, figures });
  const next = step.change;
  if (next.phase !== change.phase) {
    log.info({ group: name, phase: next.phase, reason: next.reason }, 'change');
    scene.save(recordAfter(record, next));
    if (next.phase === 'canary') resetFigures(control);
  }
  const isJudging = next.phase === 'first' || next.phase === 'canary';
  if (isJudging) maintain(scene, { revision: next.from, replicas: fleet.of(name), alone: false });
  for (const action of step.actions) {
    if (action.kind === 'start') start(scene, action.revision, action.count);
    else drains.begin(action.replica);
  }
}

/** The way back from a release stays open; what is older than that is forgotten. */
function recordAfter(record: GroupRecord, change: RollingChange): GroupRecord {
  const { phase, phaseAt, from, to, reason } = change;
  if (phase !== 'done' && phase !== 'rolled-back') return { ...record, change };
  const { change: _, ...others } = record;
  const release = revisionOf(record, to)?.release.name ?? '';
  const why = reason === undefined ? {} : { reason };
  const rest = { ...others, last: { phase, to: release, at: phaseAt, ...why } };
  if (phase === 'rolled-back') {
    const revisions = record.revisions.filter(({ number }) => number !== to);
    return { ...rest, revisions };
  }
  const revisions = record.revisions.filter(({ number }) => number === from || number === to);
  return { ...rest, revisions, current: to, previous: from };
}
