import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHost } from '@portico/host';
import type { Runtime } from '@portico/runtime';
import type { Logger } from '@portico/service';
import { createPlaces, endOrphans, startKeeper } from '@portico/supervisor';
import { parseAddress } from '../listen-address.ts';
import { createLog } from '../log.ts';
import { chooseMachine } from '../machines/choose-machine.ts';
import { groupsOn } from '../machines/elsewhere.ts';
import { notUsable, readMachineFiles } from '../machines/machine-files.ts';
import { placeSystem } from '../place-system.ts';
import type { System } from '../system.ts';
import type { Topology } from '../topology-file.ts';
import { keeperFile } from './installed-processes.ts';
import { writeInstalledEnvironment, writeInstalledTopology } from './installed-topology.ts';
import type { SupervisorSettings } from './supervisor-main.ts';
import { openTool, type Tool } from './tool.ts';

/** What a start in several processes is told. */
export interface SupervisedOptions {
  /** The module that exports the system: every process loads it. */
  readonly module: string;
  readonly topology: Topology;
  readonly directory?: string;
  /** Beside what a group's own `env` says, in the processes of every group, whatever topology comes after. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: Logger;
}

/** A system at work in processes of its own. */
export interface SupervisedSystem extends SupervisedMachine {
  readonly origins: Origins;
}

/** The part of a system that is on one machine, at work in processes of its own. */
export interface SupervisedMachine {
  /** None where the gateway is on another machine. */
  readonly origins: Origins | undefined;
  /** Calls the services of this machine. */
  readonly runtime: Runtime;
  readonly tool: Tool;
  /** Of this process; each of the others has its own below `log/`. */
  readonly log: Logger;
  /** Its keeper has ended: in order, or of itself. */
  readonly ended: Promise<{ readonly inOrder: boolean }>;
  /** Drains everything, callers first, and resolves when it has ended. */
  stop(): Promise<void>;
  /** Leaves it running and lets go. */
  leave(): Promise<void>;
}

/** Where the gateway is reached. */
export interface Origins {
  readonly public: string;
  readonly admin: string;
}

/** Cold starts of a dozen processes on a small machine. */
const START_MS = 120_000;
const STOP_MS = 120_000;
const LOOK_MS = 50;

/**
 * Starts a system as its topology says, under a keeper and a supervisor that live on when this process ends.
 *
 * @throws {Error} naming a listener that can't be bound, what runs there already, or what did not become
 * ready; and for a topology of several machines, of which {@link startMachine} starts one.
 */
export async function startSupervised(
  system: System,
  options: SupervisedOptions,
): Promise<SupervisedSystem> {
  const { origins, ...started } = await startMachine(system, options);
  // One group has the gateway, and it can be nowhere else.
  if (!origins) throw new Error(`Cannot start "${system.name}": it has no gateway.`);
  return { ...started, origins };
}

/**
 * Starts what a topology places on this machine, under a keeper and a supervisor of its own. The other
 * machines may come before or later.
 *
 * @throws {Error} as `startSupervised` does; for a machine that is not named or unknown, and for certificates
 * that can't be used.
 */
export async function startMachine(
  system: System,
  options: SupervisedOptions & { readonly machine?: string | undefined },
): Promise<SupervisedMachine> {
  const { module, topology: given } = options;
  assertSupervised(system, given);
  const topology = withFullPaths(given);
  const machine = chooseHere(topology, options.machine);
  const placement = placeSystem(system, topology);
  const here = machine === undefined ? placement : groupsOn(placement, machine);
  if (machine !== undefined) assertMachineFiles(system, topology, machine);
  const directory = resolve(options.directory ?? '.portico');
  const log = options.log ?? createLog({ file: join(directory, 'log', 'start.log') });
  const host = createHost();
  const stateFile = keeperFile(directory);
  const orphans = await endOrphans(stateFile, host);
  if (orphans.drained.length + orphans.killed.length > 0)
    log.warn({ ...orphans }, 'ended what a keeper that died has left');
  const control = join(createPlaces(directory).run, 'control.sock');
  // One that a supervisor has left: whoever waits for it waits for the new one.
  rmSync(control, { force: true });
  writeInstalledEnvironment(directory, options.env ?? {});
  const settings: SupervisorSettings = {
    module: resolve(module),
    topology: writeInstalledTopology(directory, topology),
    directory,
    ...(machine === undefined ? {} : { machine }),
  };
  const { public: open, admin } = topology.gateway;
  const hasGateway = here.groups.some(({ gateway }) => gateway);
  const keeper = await startKeeper({
    stateFile,
    supervisor: {
      command: process.execPath,
      args: [fileURLToPath(import.meta.resolve('./supervisor-main.ts')), JSON.stringify(settings)],
    },
    listeners: hasGateway ? { public: parseAddress(open), admin: parseAddress(admin) } : {},
    output: join(directory, 'log', 'supervisor.out'),
  });
  const ended = new Promise<{ inOrder: boolean }>((done) =>
    keeper.process.once('exit', (code) => done({ inOrder: code === 0 })),
  );
  await waitFor(() => existsSync(control), START_MS);
  const tool = await openTool(system, { directory, host, log });
  const isReady = async () => {
    const status = await tool.supervision.getStatus().catch(() => undefined);
    // Waiting longer than a group that crashes again and again tells nothing new.
    const isHopeless = status?.groups.some(({ restarts }) => restarts !== 'steady') === true;
    if (isHopeless) return 'hopeless';
    const isUp = status?.groups.every((group) => readyOf(group) >= group.min) === true;
    return status?.settled === true && isUp;
  };
  const end = async () => {
    await tool.supervision.stop().catch(() => {});
    tool.close();
    // Without it the process would wait for the timer, too.
    const patience = new AbortController();
    await Promise.race([ended, host.timers.sleep(STOP_MS, patience.signal).catch(() => {})]);
    patience.abort();
  };
  if (!(await waitFor(isReady, START_MS))) {
    const problem = await describe(tool);
    await end();
    throw new Error(`Cannot start "${system.name}": ${problem}`);
  }
  await tool.refresh();
  const { host: publicHost } = parseAddress(open);
  const { host: adminHost } = parseAddress(admin);
  return {
    origins: hasGateway
      ? {
          public: `${topology.gateway.tls ? 'https' : 'http'}://${publicHost}:${keeper.ports.public}`,
          admin: `http://${adminHost}:${keeper.ports.admin}`,
        }
      : undefined,
    runtime: tool.runtime,
    tool,
    log,
    ended,
    stop: end,
    async leave() {
      tool.close();
    },
  };

  async function waitFor(isTrue: () => Look | Promise<Look>, ms: number): Promise<boolean> {
    const endAt = host.clock.monotonic() + ms;
    while (host.clock.monotonic() < endAt) {
      const look = await isTrue();
      if (look === true) return true;
      if (look === 'hopeless' || keeper.process.exitCode !== null) return false;
      await host.timers.sleep(LOOK_MS);
    }
    return false;
  }
}

/** Every replica works in a directory of its own. */
function withFullPaths(topology: Topology): Topology {
  const { gateway, wire } = topology;
  return {
    ...topology,
    ...(gateway.tls === undefined ? {} : { gateway: { ...gateway, tls: resolve(gateway.tls) } }),
    ...(wire ? { wire: { tls: resolve(wire.tls) } } : {}),
  };
}

/** Whoever starts a machine is there to mend what other machines would not take. */
function assertMachineFiles({ name: system }: System, topology: Topology, machine: string): void {
  const folder = topology.wire?.tls ?? '';
  const machines = Object.keys(topology.machines ?? {});
  const now = createHost().clock.now();
  const { doubts } = readMachineFiles({ folder, system, machine, machines, now });
  if (doubts.length > 0) throw notUsable(folder, doubts);
}

function chooseHere(topology: Topology, given: string | undefined): string | undefined {
  try {
    return chooseMachine(topology, given);
  } catch (problem) {
    throw new Error(`Cannot start "${topology.system}": ${(problem as Error).message}`);
  }
}

type Look = boolean | 'hopeless';

function assertSupervised(system: System, topology: Topology): void {
  if (topology.system !== system.name) {
    throw new Error(
      `Cannot start "${system.name}": the topology is for system "${topology.system}".`,
    );
  }
  if (topology.supervisor === false) {
    throw new Error(
      `Cannot start "${system.name}" in several processes: its topology says "supervisor": false.`,
    );
  }
}

function readyOf(group: { readonly replicas: readonly { readonly phase: string }[] }): number {
  return group.replicas.filter(({ phase }) => phase === 'ready').length;
}

async function describe(tool: Tool): Promise<string> {
  const status = await tool.supervision.getStatus().catch(() => undefined);
  if (!status) return 'its supervisor does not answer. See log/supervisor.out in its directory.';
  const late = status.groups.filter((group) => readyOf(group) < group.min);
  const names = late.map(({ name }) => name).join(', ');
  const said = late.flatMap(({ replicas }) => replicas.flatMap(({ problem }) => problem ?? []));
  const first = said.length > 0 ? ` (${said[0]})` : '';
  return `${names} did not become ready${first}. See log/ in its directory.`;
}
