import { join } from 'node:path';
import { Operator } from '@portico/administration';
import type { Api } from '@portico/contract';
import type { Host, Timer } from '@portico/host';
import {
  createRemoteServices,
  createRuntime,
  type RemoteServices,
  type RoutingTable,
  type Runtime,
} from '@portico/runtime';
import type { Client, Logger } from '@portico/service';
import { createPlaces } from '@portico/supervisor';
import {
  connectReplica,
  createCallerTokens,
  createGrantedIdentity,
  createGrantReader,
} from '@portico/wire';
import { createAuthority } from '../process/authority.ts';
import { SUPERVISOR, TOOLS } from '../process/own-groups.ts';
import type { System } from '../system.ts';
import { readAuthorityKeys } from './authority-file.ts';
import { isRunning } from './installed-processes.ts';
import { readInstalledTopology } from './installed-topology.ts';
import { Supervision } from './supervision-api.ts';

/** A process of an installation that only looks at its processes and changes them. */
export interface SupervisionTool {
  readonly supervision: Client<typeof Supervision>;
  close(): void;
}

/**
 * A process of an installation that serves nothing: it calls the supervisor, and services. Where there are
 * several machines, those of its own.
 */
export interface Tool extends SupervisionTool {
  /** Has no services; its clients call those of the system, in whatever process. */
  readonly runtime: Runtime;
  /** Takes over where everything runs now; from then on the tool looks again each second. */
  refresh(): Promise<void>;
}

/** What a tool works with. */
export interface ToolOptions {
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
}

/** The time for connections on one machine. */
const CONNECT_MS = 10_000;
/** A drained replica serves for longer than that. */
const FOLLOW_MS = 1_000;

/**
 * Opens a tool of the installation in `directory`: who can read its authority's keys belongs to it.
 *
 * @throws {Error} when no supervisor answers there.
 */
export async function openTool(system: System, options: ToolOptions): Promise<Tool> {
  const connect = await createConnections(system, options);
  const { supervision, close } = await superviseOver(connect, system.name, options);
  const remote = connect([...system.apis, Operator]);
  const { host, log } = options;
  const runtime = createRuntime({ system: system.name, host, log, services: [], remote });
  const route = async () =>
    remote.apply(onThisMachine((await supervision.getRoutes()) as RoutingTable));
  let next: Timer | undefined;
  const followFrom = (ms: number) => {
    next = host.timers.after(ms, () => {
      const isOver = () => next === undefined;
      // A supervisor that does not answer is back soon; until then the last table holds.
      void route()
        .catch(() => {})
        .then(() => isOver() || followFrom(ms));
    });
  };
  return {
    supervision,
    runtime,
    async refresh() {
      await route();
      await remote.connected(CONNECT_MS);
      if (!next) followFrom(FOLLOW_MS);
    },
    close() {
      next?.cancel();
      next = undefined;
      remote.close();
      close();
    },
  };
}

/**
 * Opens a tool that needs nothing of the system but what its start has left in `directory`: so it works
 * whatever has become of the system's modules since.
 *
 * @throws {Error} when nothing was started there in several processes, or no supervisor answers.
 */
export async function openSupervision(options: ToolOptions): Promise<SupervisionTool> {
  const { system } = readInstalledTopology(options.directory);
  if (!isRunning(options.directory))
    throw new Error(`"${system}" does not run in ${options.directory}: start it first.`);
  const connect = await createConnections({ name: system, services: [] }, options);
  return superviseOver(connect, system, options);
}

/** Tools are believed by their own machine only. */
function onThisMachine(table: RoutingTable): RoutingTable {
  const services = Object.entries(table.services).flatMap(([name, { version, endpoints }]) => {
    const here = endpoints.filter((one) => !one.static);
    return here.length > 0 ? [[name, { version, endpoints: here }] as const] : [];
  });
  return { ...table, services: Object.fromEntries(services) };
}

type Connect = (uses: readonly Api[]) => RemoteServices;

/** How a tool, proved by a credential of its own, reaches processes. */
async function createConnections(
  system: Pick<System, 'name' | 'services' | 'version'>,
  { directory, host, log }: ToolOptions,
): Promise<Connect> {
  const authority = createAuthority(system, readAuthorityKeys(directory));
  const name = `tool-${process.pid}`;
  const own = await authority.admitTool(name);
  const readGrant = createGrantReader(authority.publicKey);
  const common = {
    ...{ host, log },
    self: { system: system.name, group: TOOLS, replica: name, release: system.version ?? '' },
    identity: createGrantedIdentity(own, readGrant),
    tokens: createCallerTokens({ system: system.name, own, readGrant, clock: host.clock }),
  };
  return (uses) =>
    createRemoteServices({
      ...{ host, self: name, wants: () => true },
      dial: ({ replica, address }) =>
        connectReplica({ ...common, name: replica, address: { path: address }, uses }),
    });
}

async function superviseOver(
  connect: Connect,
  system: string,
  { directory, host, log }: ToolOptions,
): Promise<SupervisionTool> {
  const remote = connect([Supervision]);
  const address = join(createPlaces(directory).run, 'control.sock');
  const { name, version } = Supervision;
  remote.apply({
    ...{ epoch: 1, generation: 1 },
    services: {
      [name]: { version, endpoints: [{ replica: SUPERVISOR, address, state: 'ready' }] },
    },
  });
  if (!(await remote.connected(CONNECT_MS))) {
    remote.close();
    throw new Error(`No supervisor answers in ${directory}: is the system running there?`);
  }
  const runtime = createRuntime({ system, host, log, services: [], remote });
  return { supervision: runtime.client(Supervision, Operator.name), close: () => remote.close() };
}
