import { type ChildProcess, spawn } from 'node:child_process';
import { createHost, type Host } from '@portico/host';
import { type KeeperState, writeKeeperState } from './keeper-state.ts';
import type { ChildExit, FromKeeper, KeptChild, SpawnRequest, ToKeeper } from './messages.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { giveOrders, spawnChild } from './spawn-child.ts';

/** What `portico start` tells a keeper. */
export interface KeeperSettings {
  /** Where it writes down who is alive. */
  readonly stateFile: string;
  readonly supervisor: { readonly command: string; readonly args: readonly string[] };
  /** Name → descriptor of a bound and listening socket. */
  readonly listeners: Readonly<Record<string, number>>;
}

/** More than a machine holds of them; a supervisor that asks for more has lost count. */
const CHILDREN_MAX = 10_000;
const RESTART_MIN_MS = 100;
const RESTART_MAX_MS = 5_000;
/** A supervisor that lived for so long starts its successor's waits from the beginning. */
const STEADY_MS = 10_000;
/** What a child needs at most to end what it has accepted. */
const DRAIN_MS = 35_000;
/** What a supervisor gets to drain its groups one after the other. */
const STOP_MS = 120_000;

/**
 * The keeper: mechanism without policy. It holds the listening sockets and never touches what comes in on
 * them, starts and reaps what the supervisor asks for, and starts the supervisor again when it dies.
 * Whatever happens to supervisors, children live on. Ends on SIGTERM: the supervisor drains, or, where
 * there is none, every child gets SIGTERM and after 35 s SIGKILL.
 *
 * @returns a promise of its end.
 */
export function keep(settings: KeeperSettings, host: Host = createHost()): Promise<void> {
  const { clock, timers } = host;
  const children = new Map<string, KeptChild>();
  const processes = new Map<string, ChildProcess>();
  let supervisor: ChildProcess | undefined;
  let phase: 'keeping' | 'stopping' | 'ending' = 'keeping';
  let restartMs = RESTART_MIN_MS;
  let ended = () => {};

  const tell = (message: FromKeeper) => {
    // One that is about to die may have closed its channel; the next one reads the list.
    if (supervisor?.connected) supervisor.send(message, () => {});
  };
  const save = () => writeKeeperState(settings.stateFile, toState(supervisor, children));

  const onExit = (id: string, exit: ChildExit) => {
    const child = children.get(id);
    if (!child || child.exit) return;
    processes.delete(id);
    children.set(id, { ...child, exit });
    save();
    tell({ is: 'exited', id, exit });
    if (phase === 'ending') end();
  };
  const start = (request: SpawnRequest) => {
    const { id, about } = request;
    if (children.has(id)) return;
    children.set(id, { id, about });
    const fail = (problem: unknown) =>
      onExit(id, { code: null, signal: null, problem: (problem as Error).message });
    if (phase === 'ending') return fail(new Error('the keeper is ending'));
    if (children.size > CHILDREN_MAX) return fail(new Error(`over ${CHILDREN_MAX} children`));
    try {
      const child = spawnChild(request, settings.listeners);
      // A later one is about a signal or its channel, and its end is reported as such.
      child.on('error', (problem) => (child.pid === undefined ? fail(problem) : undefined));
      child.once('exit', (code, signal) => onExit(id, { code, signal }));
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      if (!identity) return;
      processes.set(id, child);
      children.set(id, { id, about, ...identity });
      save();
      giveOrders(child, request.orders);
      tell({ is: 'started', id, ...identity });
    } catch (problem) {
      fail(problem);
    }
  };
  /** Ends what is left: with patience, then without. */
  const end = () => {
    if (phase !== 'ending') {
      phase = 'ending';
      if (supervisor?.connected) supervisor.disconnect();
      for (const child of processes.values()) child.kill('SIGTERM');
      timers.after(DRAIN_MS, () => {
        for (const child of [...processes.values(), supervisor]) child?.kill('SIGKILL');
      });
    }
    if (processes.size > 0 || supervisor) return;
    save();
    ended();
  };
  const obey = (message: ToKeeper) => {
    if (message.do === 'spawn') start(message.request);
    else if (message.do === 'signal') processes.get(message.id)?.kill(message.signal);
    else if (message.do === 'forget') {
      if (children.get(message.id)?.exit) children.delete(message.id);
    } else if (message.do === 'finish') {
      if (phase === 'keeping') phase = 'stopping';
      if (supervisor?.connected) supervisor.disconnect();
    }
  };
  const supervise = () => {
    const since = clock.monotonic();
    const { command, args } = settings.supervisor;
    const child = spawn(command, [...args], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    supervisor = child;
    const gone = () => {
      if (supervisor !== child) return;
      supervisor = undefined;
      if (phase !== 'keeping') return end();
      if (clock.monotonic() - since >= STEADY_MS) restartMs = RESTART_MIN_MS;
      timers.after(restartMs, () => (phase === 'keeping' ? supervise() : undefined));
      restartMs = Math.min(2 * restartMs, RESTART_MAX_MS);
      save();
    };
    child.once('exit', gone);
    child.once('error', gone);
    child.on('message', (message) => obey(message as ToKeeper));
    save();
    tell({ is: 'children', children: [...children.values()] });
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      // The second one is from somebody who does not want to wait for the supervisor.
      if (phase !== 'keeping' || !supervisor) return end();
      phase = 'stopping';
      tell({ is: 'stop' });
      timers.after(STOP_MS, end);
    });
  // What started it, and its terminal, may go.
  process.on('SIGHUP', () => {});
  supervise();
  return new Promise((resolve) => {
    ended = resolve;
  });
}

function toState(
  supervisor: ChildProcess | undefined,
  children: ReadonlyMap<string, KeptChild>,
): KeeperState {
  const keeper = identify(process.pid) as ProcessIdentity;
  const pid = supervisor?.exitCode === null ? supervisor.pid : undefined;
  const identity = pid === undefined ? undefined : identify(pid);
  const alive = [...children.values()].flatMap(({ id, pid: child, startedAt, exit }) =>
    child !== undefined && startedAt !== undefined && !exit ? [{ id, pid: child, startedAt }] : [],
  );
  return { keeper, ...(identity ? { supervisor: identity } : {}), children: alive };
}
