import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Operator } from '@portico/administration';
import { createHost } from '@portico/host';
import type { Endpoint, RoutingTable } from '@portico/runtime';
import type { PlacedGroup } from '@portico/supervisor';
import { createLog } from './log.ts';
import { placeGroups } from './place-groups.ts';
import { Platform } from './platform/platform-api.ts';
import { createAuthority } from './process/authority.ts';
import { TOOLS } from './process/own-groups.ts';
import { toProcessPolicies } from './process/process-policies.ts';
import { type RunningGroup, startGroup } from './process/start-group.ts';
import type { RunningSystem, StartOptions } from './start-system.ts';
import type { System } from './system.ts';

/** Connections within one process are made at once, or there is something wrong that calls will tell. */
const CONNECT_MS = 5_000;

/**
 * Starts every process group of a topology in this one process, each with a runtime of its own, connected
 * over the wire by Unix sockets: for tests, which so meet everything that is between processes but the
 * death of one. One replica of each group.
 *
 * @returns the system, its `runtime` that of a tool: without services, calling those of the groups.
 * @throws {Error} as `startSystem` does; groups that had started are stopped again.
 */
export async function startSplit(system: System, options: StartOptions): Promise<RunningSystem> {
  const { topology, policies } = options;
  const host = options.host ?? createHost();
  const log = options.log ?? createLog();
  const directory = options.directory ?? '.portico';
  const names = [Operator.name, ...system.services.map(({ name }) => name)];
  const { groups } = placeGroups(topology, names);
  const authority = createAuthority(system);
  const run = join(directory, 'run');
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const common = {
    system,
    topology,
    directory,
    host,
    log,
    authority: authority.publicKey,
  };
  const release = system.version ?? '';
  const started: RunningGroup[] = [];
  const stop = async () => {
    for (const group of started.toReversed()) await group.stop();
  };
  const start = async ({ name, services, gateway, policies: placed }: PlacedGroup) => {
    const replica = `${name}-1`;
    const credential = await authority.admit({ group: name, replica, run: '1', services, gateway });
    const group = await startGroup({
      ...{ ...common, credential, services },
      self: { system: system.name, group: name, replica, release },
      gateway: gateway && { descriptors: {} },
      policies: toProcessPolicies(placed, policies),
      address: { path: pathOf(run, name) },
    });
    started.push(group);
    return group;
  };
  try {
    const tool = await startGroup({
      ...common,
      credential: await authority.admitTool('tool-1'),
      self: { system: system.name, group: TOOLS, replica: 'tool-1', release },
      services: [],
      gateway: false,
      address: undefined,
      ...(policies ? { policies: { callee: policies } } : {}),
    });
    started.push(tool);
    const running = new Map<string, RunningGroup>();
    for (const group of groups) running.set(group.name, await start(group));
    const table = toTable(system, groups, run);
    for (const group of started) group.route(table);
    for (const { remote } of started) await remote.connected(CONNECT_MS);
    const edge = [...running.values()].find(({ gateway }) => gateway !== undefined);
    const origins = await edge?.open();
    const gateway = edge?.gateway;
    if (!gateway || !origins) throw new Error('No group of the topology has the gateway.');
    return { origins, gateway, runtime: tool.runtime, log, groups: running, stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

function pathOf(run: string, group: string): string {
  return join(run, `${group}-1.sock`);
}

function toTable(system: System, groups: readonly PlacedGroup[], run: string): RoutingTable {
  const versions = new Map(system.apis.map(({ name, version }) => [name, version]));
  const endpointOf = (group: string): Endpoint => ({
    ...{ replica: `${group}-1`, address: pathOf(run, group), state: 'ready' },
  });
  const rows = groups.flatMap(({ name: group, services }) =>
    services.map((service) => {
      const version = versions.get(service) ?? Operator.version;
      return [service, { version, endpoints: [endpointOf(group)] }] as const;
    }),
  );
  const everyone = groups.map(({ name }) => endpointOf(name));
  const platform = { version: Platform.version, endpoints: everyone };
  const services = { ...Object.fromEntries(rows), [Platform.name]: platform };
  return { epoch: 1, generation: 1, services };
}
