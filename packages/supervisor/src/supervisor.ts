import { Buffer } from 'node:buffer';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SLOW_START_MS } from './change/canary.ts';
import { type ChangeStep, planChange } from './change/plan-change.ts';
import { back, resumeChange } from './change/rolling-change.ts';
import { type ControlCentre, createControlCentre, type ReplicaReport } from './control.ts';
import type { ControlTable } from './control-api.ts';
import { createDrains } from './drains.ts';
import { createFleet, type FleetOptions } from './fleet.ts';
import { addFigures, createGroupControl, type GroupControl } from './group-control.ts';
import { lookAtGroup, revisionOf } from './group-steps.ts';
import type { Keeper, KeeperListener } from './keeper/keeper-client.ts';
import type { KeptChild } from './keeper/messages.ts';
import type { ProcessIdentity } from './keeper/process-identity.ts';
import { createPlaces } from './launch.ts';
import type { Placement } from './placement.ts';
import { advancePlan, newRecord, withGroup } from './plan-runner.ts';
import { inStartOrder } from './policy/start-order.ts';
import { createWatchdog } from './policy/watchdog.ts';
import { toServices } from './routing.ts';
import { assertRoom, createScaling } from './scaling.ts';
import { type SupervisorStatus, toStatus } from './status.ts';
import {
  type GroupRecord,
  type Release,
  readState,
  type SupervisorState,
  writeState,
} from './supervisor-state.ts';

/** What a supervisor is given. */
export interface SupervisorOptions
  extends Pick<
    FleetOptions,
    'host' | 'log' | 'program' | 'equip' | 'listeners' | 'site' | 'machine'
  > {
  /** Where everything of the system lies. */
  readonly directory: string;
  /** What to run when nothing runs yet; afterwards its own state says. */
  readonly placement: Placement;
  readonly release: Release;
  /** Service → names of the APIs it calls: the order of starts. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  /** Connects to the keeper, whose identity tells a new one from the one before. */
  readonly keeper: {
    readonly identity: ProcessIdentity;
    connect(listener: KeeperListener): Keeper;
  };
  /** What other machines serve, and where. */
  readonly elsewhere?: ControlTable['services'];
}

/** The policy of one machine: what runs, in which number and version, and how it gets there. */
export interface Supervisor {
  /** To be served on {@link controlAddress}. */
  readonly control: ControlCentre;
  readonly controlAddress: string;
  status(): SupervisorStatus;
  /** Where everything runs, as it was told to the replicas. */
  table(): ControlTable;
  /** Whether nothing is being changed and every replica holds the newest table. */
  isSettled(): boolean;
  /** Group → the release that it runs. */
  releases(): Readonly<Record<string, Release>>;
  /** Where a rollback of a group would lead; nowhere while it is being changed, which is turned back instead. */
  previousOf(group: string): Release | undefined;
  /** Where everything is at present, in the words of a placement. */
  placement(): Placement;
  /**
   * Replaces the release of a group, judged by callers. Gates come before: see `contractBreaks`.
   * @throws {Error} when something of it is changing already.
   */
  update(group: string, release: Release): void;
  /** Back to the release before, without a judgement. @throws {Error} when there is none. */
  rollback(group: string): void;
  /** Replaces the replicas of a group by new ones of the same release. @throws as `update` does. */
  restart(group: string): void;
  /**
   * Takes one replica out once another has taken its place.
   * @throws {Error} when there is none of that name, or its group is being changed.
   */
  drain(replica: string): void;
  /** The steps to another placement, not taken. @throws {Error} when it can't be reached. */
  plan(placement: Placement): readonly ChangeStep[];
  /** Goes to another placement. @returns its steps. @throws {Error} when it can't, or another is under way. */
  apply(placement: Placement): readonly ChangeStep[];
  /** Drains everything, in reverse order of the start. */
  stop(): void;
  /** The system has been stopped, or the keeper is gone. */
  readonly ended: Promise<void>;
}

/** Often enough that a change does not wait for the next look, seldom enough to cost nothing. */
const LOOK_MS = 250;
const SECOND_MS = 1_000;
/**
 * Replicas that were there before find the new supervisor within it. Until then nothing is known of them,
 * and what looks as if it did not serve may be all that does: nothing is decided, no table replaced.
 */
const REDIAL_MS = 5_000;

/** Starts to supervise: adopts what the keeper holds, or starts what the placement asks for. */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  const { host, log, directory, placement, elsewhere = {} } = options;
  const { clock, timers } = host;
  const places = createPlaces(directory);
  mkdirSync(places.run, { recursive: true, mode: 0o700 });
  const stateFile = join(places.directory, 'supervisor.json');
  let state = openState(options, stateFile);
  let phase: 'waiting' | 'running' | 'stopping' | 'ended' = 'waiting';
  let published = '';
  let table: ControlTable = { epoch: state.epoch, generation: state.generation, services: {} };
  let informed = false;
  let informedAt = 0;
  let lastSecond = Number.NEGATIVE_INFINITY;
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();

  const save = (next: SupervisorState) => {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    writeState(stateFile, next);
    state = next;
  };
  const groups = new Map<string, GroupControl>();
  const controlOf = (name: string): GroupControl => {
    const range = groupOf(state, name).replicas;
    const known = groups.get(name);
    if (known?.range.min === range.min && known.range.max === range.max) return known;
    // Another range needs another autoscaler; the rest of what is known stands.
    const fresh = createGroupControl(host, range);
    const control = known ? { ...known, range, autoscaler: fresh.autoscaler } : fresh;
    groups.set(name, control);
    return control;
  };
  const watchdog = createWatchdog(clock);
  const hear = (report: ReplicaReport) => {
    const before = fleet.replicas.find(({ name }) => name === report.replica);
    const replica = fleet.reported(report);
    if (!replica) return;
    watchdog.heard(replica.name);
    for (const { replica: peer, ...figures } of report.peers) judge(peer, figures);
    // Callers wait for whoever begins to serve.
    if (replica.health.phase !== before?.health.phase) look();
  };
  /** What callers saw of a replica, on its side of a change. */
  const judge = (peer: string, figures: { calls: number; failures: number; p95Ms: number }) => {
    const callee = fleet.replicas.find(({ name }) => name === peer);
    const change = callee && state.groups[callee.group]?.change;
    if (!callee || !change) return;
    const control = controlOf(callee.group);
    const side = callee.revision === change.to ? 'new' : 'old';
    const timed = clock.now() - change.phaseAt < SLOW_START_MS ? 0 : figures.calls;
    const known = control.figures[side];
    control.figures = { ...control.figures, [side]: addFigures(known, { ...figures, timed }) };
  };
  const controlAddress = join(places.run, 'control.sock');
  const control = createControlCentre({ secret: state.secret, timers, report: hear });
  const listen = (): KeeperListener => ({
    children: (children) => arrive(children),
    started: () => {},
    exited: (id, exit) => {
      fleet.exited(id, exit);
      look();
    },
    stop: () => stop(),
    lost: () => finish(),
  });
  const keeper = options.keeper.connect(listen());
  const fleet = createFleet({
    ...options,
    keeper,
    control,
    controlAddress,
    places,
    ended({ name, group, revision }, isAccident) {
      watchdog.forget(name);
      drains.forget(name);
      const record = state.groups[group];
      if (!isAccident || !record) return;
      const of = controlOf(group);
      if (record.change?.to === revision) of.crashes++;
      of.retryAt = clock.monotonic() + of.restarts.exited();
    },
  });
  const drains = createDrains({ clock, fleet, control, isCalledFromElsewhere: !!options.site });
  const scaling = createScaling({ fleet, machine: options.machine, clock, log });
  const arrive = (children: readonly KeptChild[]) => {
    writeState(stateFile, state);
    fleet.adopt(children, (group, number) => {
      const record = state.groups[group];
      return record && revisionOf(record, number);
    });
    informedAt = clock.monotonic() + REDIAL_MS;
    phase = 'running';
    look();
    turn();
  };
  const turn = () => {
    if (phase === 'ended') return;
    timers.after(LOOK_MS, () => {
      look();
      turn();
    });
  };
  /** One look at everything. Decides by what is there, so that a lost order is given again. */
  const look = () => {
    if (phase === 'waiting' || phase === 'ended') return;
    const now = clock.monotonic();
    informed ||= now >= informedAt || hasHeardAll();
    if (!informed) return;
    if (now - lastSecond >= SECOND_MS) {
      lastSecond = now;
      for (const name of watchdog.silent()) fleet.kill(name, 'its event loop stands still');
      if (phase === 'running') save(scaling.look(state, controlOf));
    }
    if (phase === 'stopping') lookAtStop();
    else lookAtGroups();
    publish();
    drains.look();
  };
  const lookAtGroups = () => {
    if (state.plan) save(advancePlan(planScene(), state.plan));
    for (const { name } of orderOf(state, options.uses)) {
      const record = state.groups[name];
      if (!record) continue;
      const change = (next: GroupRecord | undefined) => save(withGroup(state, name, next));
      const scene = { name, record, control: controlOf(name), host, log, fleet, drains };
      lookAtGroup({ ...scene, save: change });
      if (!state.groups[name]) groups.delete(name);
    }
  };
  const lookAtStop = () => {
    const last = orderOf(state, options.uses).findLast(({ name }) => fleet.of(name).length > 0);
    for (const { name } of last ? fleet.of(last.name) : []) drains.begin(name);
    if (fleet.replicas.length > 0) return;
    keeper.finish();
    finish();
  };
  const planScene = () => ({
    state,
    now: clock.now(),
    release: options.release,
    readyOf: (name: string) =>
      fleet.of(name).filter(({ health }) => health.phase === 'ready').length,
    replicasOf: (name: string) => fleet.of(name).length,
    acknowledged: fleet.replicas.every(({ name, health }) => {
      const unknown = health.phase === 'starting' ? state.generation : -1;
      return (control.heldBy(name)?.generation ?? unknown) >= state.generation;
    }),
  });
  const routed = () => toServices({ replicas: fleet.replicas, routes: state.routes, elsewhere });
  const publish = () => {
    const services = routed();
    const text = JSON.stringify(services);
    if (text !== published) {
      published = text;
      save({ ...state, generation: state.generation + 1 });
      table = { epoch: state.epoch, generation: state.generation, services };
      control.publish(table);
    }
    drains.published(state.generation);
  };
  const hasHeardAll = () => fleet.replicas.every(({ health }) => health.phase !== 'starting');
  const stop = () => {
    if (phase === 'ended') return;
    phase = 'stopping';
    look();
  };
  const finish = () => {
    phase = 'ended';
    resolveEnded();
  };
  /** Begins a rolling change to a revision that exists or is made now. */
  const roll = (name: string, release: Release, canary: boolean) => {
    const record = state.groups[name];
    if (!record) throw new Error(`There is no group "${name}".`);
    if (record.change || state.plan) throw new Error(`"${name}" is being changed already.`);
    const current = revisionOf(record, record.current);
    if (!current) throw new Error(`"${name}" has no current revision.`);
    const number = Math.max(...record.revisions.map((one) => one.number)) + 1;
    const of = controlOf(name);
    of.crashes = 0;
    const now = clock.now();
    const change = { group: name, from: record.current, to: number, count: record.count };
    const revisions = [...record.revisions, { number, group: current.group, release }];
    const started = { ...change, canary, phase: 'first' as const, startedAt: now, phaseAt: now };
    save(withGroup(state, name, { ...record, revisions, change: started }));
    look();
  };
  const stepsTo = (next: Placement) => {
    assertRoom(next, { ...options, state, fleet });
    return planChange(placementOf(state, placement), next);
  };
  return {
    control,
    controlAddress,
    status: () => toStatus(state, fleet, controlOf),
    table: () => table,
    placement: () => placementOf(state, placement),
    isSettled() {
      const { plan, groups: records, generation } = state;
      if (plan || Object.values(records).some(({ change, ending }) => change || ending))
        return false;
      const holds = (name: string) => control.heldBy(name)?.generation === generation;
      return (
        // What was heard since the last look is not in a table yet.
        published === JSON.stringify(routed()) &&
        fleet.replicas.length > 0 &&
        fleet.replicas.every(({ name }) => holds(name))
      );
    },
    releases() {
      const rows = Object.entries(state.groups).flatMap(([name, record]) => {
        const current = revisionOf(record, record.current);
        return current ? [[name, current.release] as const] : [];
      });
      return Object.fromEntries(rows);
    },
    previousOf(group) {
      const record = state.groups[group];
      if (!record || record.change || record.previous === undefined) return undefined;
      return revisionOf(record, record.previous)?.release;
    },
    plan: stepsTo,
    update: (group, release) => roll(group, release, true),
    restart(group) {
      const record = state.groups[group];
      const current = record && revisionOf(record, record.current);
      if (!current) throw new Error(`There is no group "${group}".`);
      roll(group, current.release, false);
    },
    drain(name) {
      const replica = fleet.replicas.find((one) => one.name === name);
      if (!replica) {
        const names = fleet.replicas.map((one) => one.name).toSorted();
        throw new Error(`There is no replica "${name}"; there are ${names.join(', ')}.`);
      }
      if (state.groups[replica.group]?.change || state.plan)
        throw new Error(`"${replica.group}" is being changed already.`);
      fleet.retire(name, 'asked for');
      look();
    },
    rollback(group) {
      const record = state.groups[group];
      if (record?.change) {
        const change = back(record.change, clock.now(), 'asked for');
        save(withGroup(state, group, { ...record, change }));
        return look();
      }
      const previous =
        record?.previous === undefined ? undefined : revisionOf(record, record.previous);
      if (!previous) throw new Error(`"${group}" has no release to go back to.`);
      roll(group, previous.release, false);
    },
    apply(next) {
      const busy = Object.keys(state.groups).find((name) => state.groups[name]?.change);
      if (state.plan || busy)
        throw new Error(`${busy ?? 'The placement'} is being changed already.`);
      const steps = stepsTo(next);
      if (steps.length > 0) {
        const undo = planChange(next, placementOf(state, placement));
        save({ ...state, plan: { steps, at: 0, since: clock.now(), undo } });
        look();
      }
      return steps;
    },
    stop,
    ended,
  };
}

const SECRET_BYTES = 32;

/** The state that the last supervisor left, if it worked for the same keeper; else a new one. */
function openState(options: SupervisorOptions, file: string): SupervisorState {
  const before = readState(file);
  const continues = before?.keeper.startedAt === options.keeper.identity.startedAt;
  return continues && before ? resume(before, options.host.clock.now()) : begin(options, before);
}

/** A state for a keeper that has nothing yet: the placement as it was given. */
function begin(
  { host, placement, release, keeper }: SupervisorOptions,
  before: SupervisorState | undefined,
): SupervisorState {
  const groups = placement.groups.map((group) => [group.name, newRecord(group, release)] as const);
  return {
    keeper: keeper.identity,
    epoch: Math.max(host.clock.now(), (before?.epoch ?? 0) + 1),
    generation: 0,
    secret: Buffer.from(host.random.bytes(SECRET_BYTES)).toString('base64url'),
    groups: Object.fromEntries(groups),
    routes: {},
  };
}

/** The state of a supervisor that died: changes that were not judged yet go back. */
function resume(state: SupervisorState, now: number): SupervisorState {
  const groups = Object.entries(state.groups).map(([name, record]) => {
    const change = record.change && resumeChange(record.change, now);
    return [name, change ? { ...record, change } : record] as const;
  });
  return { ...state, groups: Object.fromEntries(groups) };
}

function groupOf(state: SupervisorState, name: string) {
  const record = state.groups[name];
  const revision = record && revisionOf(record, record.current);
  if (!revision) throw new Error(`There is no group "${name}".`);
  return revision.group;
}

function orderOf(state: SupervisorState, uses: SupervisorOptions['uses']) {
  return inStartOrder(
    Object.keys(state.groups).map((name) => groupOf(state, name)),
    uses,
  );
}

/** Where everything is at present, in the words of a placement. */
function placementOf(state: SupervisorState, { system, listeners }: Placement): Placement {
  const groups = Object.keys(state.groups).toSorted();
  return { system, listeners, groups: groups.map((name) => groupOf(state, name)) };
}
