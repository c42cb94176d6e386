// The program of every replica: follows the orders that its supervisor has put on descriptor 3.
import { flushCompileCache } from 'node:module';
import { Operator } from '@portico/administration';
import { createHost } from '@portico/host';
import { Control, readOrders } from '@portico/supervisor';
import {
  connectReplica,
  createCallerTokens,
  createGrantedIdentity,
  createGrantReader,
  type Key,
} from '@portico/wire';
import { createLog } from '../log.ts';
import { createMesh, type MeshOrders } from '../machines/mesh.ts';
import { Platform } from '../platform/platform-api.ts';
import { SUPERVISOR } from '../process/own-groups.ts';
import { toProcessPolicies } from '../process/process-policies.ts';
import { startGroup } from '../process/start-group.ts';
import { parseTopology } from '../topology.ts';
import { startControlLink } from './control-link.ts';
import { importSystem } from './load-system.ts';

/** What an uncaught exception leaves for calls under way. */
const CRASH_GRACE_MS = 5_000;
/** sysexits(3): an internal error. */
const EXIT_SOFTWARE = 70;

const orders = readOrders();
const { group, replica, release, identity: proof } = orders;
process.title = `portico ${replica}`;
const host = createHost();
const log = createLog({ file: orders.log });
const system = await importSystem(orders.module);
const topology = parseTopology(orders.topology, 'as ordered');
const self = { system: system.name, group: group.name, replica, release };
const credential = {
  ...(JSON.parse(proof.privateKey) as { readonly process: string; readonly privateKey: Key }),
  grant: proof.grant,
};
const authority = JSON.parse(proof.authority) as Key;
const readGrant = createGrantReader(authority);
const known = new Set(group.services);
const supervisor = connectReplica({
  ...{ host, log, self, name: SUPERVISOR, uses: [Control] },
  identity: createGrantedIdentity(credential, readGrant),
  tokens: createCallerTokens({
    system: system.name,
    own: credential,
    readGrant,
    clock: host.clock,
  }),
  address: { path: orders.control.address },
});
const link = startControlLink({
  ...{ host, orders, supervisor },
  meter: host.measureLoad(),
  versions: Object.fromEntries(
    [...system.apis.filter(({ name }) => known.has(name)), Platform].map(({ name, version }) => [
      name,
      version,
    ]),
  ),
  services: [Operator.name, ...system.services.map(({ name }) => name)],
  onDrain: () => void end(0),
  onFailure: fail,
});
const mesh =
  proof.machines === undefined
    ? undefined
    : createMesh({
        ...{ system: system.name, authority, host, log },
        orders: JSON.parse(proof.machines) as MeshOrders,
      });
const running = await startGroup({
  ...{ system, topology, self, credential, authority, host, log },
  ...(mesh ? { elsewhere: { mesh, address: orders.remoteAddress } } : {}),
  directory: orders.directory,
  services: group.services,
  policies: toProcessPolicies(group.policies),
  gateway: group.gateway && { descriptors: orders.listeners },
  address: { path: orders.address },
}).catch((problem: unknown) => fail(problem));
running.runtime.warmUp();
// Now, while nobody waits for an answer: who is killed writes nothing down, and whoever takes its place
// starts in half the time.
flushCompileCache();
link.attach(running);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(0));
process.on('uncaughtException', (problem) => {
  log.error({ err: problem }, 'An exception that nobody caught ends this process.');
  process.exitCode = EXIT_SOFTWARE;
  host.timers.after(CRASH_GRACE_MS, () => process.exit(EXIT_SOFTWARE));
  void end(EXIT_SOFTWARE);
});

/** Ends once, in order. */
async function end(code: number): Promise<void> {
  await running.stop();
  link.stop();
  supervisor.leave();
  process.exit(code);
}

function fail(problem: unknown): never {
  log.error({ err: problem }, 'This replica could not start.');
  console.error((problem as Error).message);
  process.exit(1);
}
