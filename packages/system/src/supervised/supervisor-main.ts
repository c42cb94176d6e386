// The program of the supervisor, started by the keeper: its one argument is its settings, as JSON.
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Api } from '@portico/contract';
import { createHost } from '@portico/host';
import { createRuntime } from '@portico/runtime';
import {
  connectToKeeper,
  identify,
  type Placement,
  readMachine,
  startSupervisor,
} from '@portico/supervisor';
import {
  createCallerTokens,
  createGrantedIdentity,
  createGrantReader,
  createWireServer,
} from '@portico/wire';
import { ensureKeyFile } from '../consumer-keys.ts';
import { criticalServicesOf, withLeastReplicas } from '../least-replicas.ts';
import { createLog } from '../log.ts';
import { groupsOn, servedElsewhere, servicesElsewhere, siteOf } from '../machines/elsewhere.ts';
import { assertFixedParts } from '../machines/fixed-parts.ts';
import { createKnownMachines } from '../machines/known-machines.ts';
import { placeSystem } from '../place-system.ts';
import { createAuthority } from '../process/authority.ts';
import { SUPERVISOR } from '../process/own-groups.ts';
import { findRelease, moduleOf } from '../release/release-file.ts';
import { parseTopology, readTopology } from '../topology.ts';
import { readAuthorityKeys } from './authority-file.ts';
import { allowsControl } from './control-rules.ts';
import { readInstalledEnvironment, withEnvironment } from './installed-topology.ts';
import { importSystem } from './load-system.ts';
import { permissionFlags, prepareStores } from './process-permissions.ts';
import { migrateStores } from './store-work.ts';
import { createSupervisionService } from './supervision-service.ts';
import { findObstacles, findRollbackObstacles } from './update-gates.ts';

/** What `startSupervised` starts a supervisor with. */
export interface SupervisorSettings {
  /** The file that exports the system by default. */
  readonly module: string;
  readonly topology: string;
  readonly directory: string;
  /** Which of several machines this is. */
  readonly machine?: string;
}

const {
  module,
  topology: file,
  directory,
  machine,
} = JSON.parse(process.argv[2] ?? '') as SupervisorSettings;
process.title = 'portico supervisor';
const host = createHost();
const log = createLog({ file: join(directory, 'log', 'supervisor.log') });
const system = await importSystem(module);
// Replicas may read it, and not make it.
if (!system.gateway.keys) ensureKeyFile(join(directory, 'keys.json'));
const authority = createAuthority(system, readAuthorityKeys(directory), machine);
const critical = criticalServicesOf(system);
const topology = readTopology(file);
const env = readInstalledEnvironment(directory);
const everywhere = placeSystem(system, withEnvironment(topology, env));
const view = machine === undefined ? undefined : { topology, placement: everywhere, machine };
const known = view && createKnownMachines(system, view, { host, log });
const settle = (placement: Placement) => {
  if (view) assertFixedParts(groupsOn(everywhere, view.machine), placement);
  return withLeastReplicas(placement, critical);
};
const place = (text: string) => {
  const given = parseTopology(JSON.parse(text), 'as given');
  const next = placeSystem(system, withEnvironment(given, env));
  if (!view) return next;
  assertFixedParts(everywhere, next);
  return groupsOn(next, view.machine);
};
const home = resolve(module, '..');
const release = { name: findRelease(home)?.name ?? system.version ?? '0.0.0', directory: home };
/** What the system's module is called in directories that are no releases. */
const below = basename(module);
const keeper = identify(process.ppid);
if (!keeper) throw new Error('A supervisor runs under a keeper: use "portico start".');

const supervisor = startSupervisor({
  ...{ host, log, directory, release },
  placement: settle(view ? groupsOn(everywhere, view.machine) : everywhere),
  uses: Object.fromEntries(system.services.map(({ name, spec }) => [name, namesOf(spec.uses)])),
  listeners: ['public', 'admin'],
  machine: readMachine,
  ...(view
    ? { site: siteOf(topology, view.machine), elsewhere: servedElsewhere(system, view) }
    : {}),
  program: ({ name: replica, address }, { group, release: its }) => ({
    command: process.execPath,
    args: [
      ...permissionFlags({
        ...{ replica, address, group, directory: resolve(directory), release: its.directory },
        platform: import.meta.dirname,
        ...(known ? { certificates: known.folder } : {}),
      }),
      fileURLToPath(import.meta.resolve('./replica-main.ts')),
    ],
  }),
  async equip(replica, { group, release: its }) {
    prepareStores(resolve(directory), group.services);
    const {
      process: run,
      privateKey,
      grant,
    } = await authority.admit({
      ...{ group: group.name, replica: replica.name, run: replica.id },
      ...{ services: group.services, gateway: group.gateway },
    });
    return {
      module: moduleOf(its.directory, below),
      topology,
      identity: {
        grant,
        privateKey: JSON.stringify({ process: run, privateKey }),
        authority: JSON.stringify(authority.publicKey),
        ...(known ? { machines: JSON.stringify(known.orders()) } : {}),
      },
      secrets: {},
    };
  },
  keeper: { identity: keeper, connect: (listener) => connectToKeeper(listener) },
});

const installation = {
  ...{ supervisor, module: below, directory },
  ...(view ? { elsewhere: { release: home, services: servicesElsewhere(view) } } : {}),
};
const supervision = createSupervisionService({
  ...{ supervisor, place, settle, timers: host.timers },
  obstacles: (group, candidate) => findObstacles({ ...installation, group, candidate }),
  async rollbackObstacles(group) {
    const previous = supervisor.previousOf(group);
    return previous ? await findRollbackObstacles(installation, group, previous) : [];
  },
  async migrate(name, its) {
    const group = supervisor.placement().groups.find((one) => one.name === name);
    if (!group) return;
    await migrateStores({ directory, group, release: its, module: moduleOf(its, below) });
  },
});
const services = [supervisor.control.service, supervision];
const runtime = createRuntime({
  ...{ system: system.name, host, log },
  services: services.map((service) => ({ service, store: undefined, config: undefined })),
});
await runtime.start();
const credential = await authority.admit({
  ...{ group: SUPERVISOR, replica: SUPERVISOR, run: String(process.pid) },
  ...{ services: services.map(({ name }) => name), gateway: false },
});
const readGrant = createGrantReader(authority.publicKey);
const server = createWireServer({
  ...{ host, log },
  self: { system: system.name, group: SUPERVISOR, replica: SUPERVISOR, release: release.name },
  identity: createGrantedIdentity(credential, readGrant),
  tokens: createCallerTokens({
    system: system.name,
    own: credential,
    readGrant,
    clock: host.clock,
  }),
  listen: { path: supervisor.controlAddress },
  apis: runtime.apis,
  dispatcher: runtime.dispatcher,
  allows: allowsControl,
  load: () => 0,
});
await server.start();
await supervisor.ended;
await server.close();
process.exit(0);

function namesOf(uses: Readonly<Record<string, Api>> | undefined): readonly string[] {
  return Object.values(uses ?? {}).map(({ name }) => name);
}
