import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createHost } from '@portico/host';
import { createConsumerKey } from '@portico/system';
import { endAtOnce } from '@portico/system/processes';
import { type Said, spawnPortico } from '../operator/portico.ts';

const MODULE = fileURLToPath(new URL('./relay-system.ts', import.meta.url));
/** Two addresses of this machine pose as two machines: loopback is all of 127.0.0.0/8. */
const HOSTS = { a: '127.0.0.2', b: '127.0.0.3' } as const;
/** Looks for free ports in a row; the first is nearly always followed by others. */
const TRIES_MAX = 50;

/** One of the two machines. */
export type MachineName = keyof typeof HOSTS;

/** Two machines of one system, each with a folder that the other never sees. */
export interface Machines {
  /** What is below the folder of a machine: `run`, its installation; `mesh`, its certificates. */
  path(machine: MachineName, ...parts: readonly string[]): string;
  /** Starts what the topology places on a machine. */
  start(machine: MachineName): Promise<Said>;
  /** A command on a machine. */
  portico(machine: MachineName, ...parameters: readonly string[]): Promise<Said>;
  /** What its processes have written down, of one or of all. */
  log(machine: MachineName, replica: string): string;
  /** Makes certificates for a machine, as its operator would. */
  issue(machine: MachineName): void;
  /** Lets each machine know the authority of the other. */
  introduce(to: MachineName, whose: MachineName): void;
  /** The certificate that the first place of the depot shows now. */
  shownByDepot(): Promise<string>;
  /** Ends every process of a machine, as a power cut would. */
  kill(machine: MachineName): void;
  readonly key: string;
  stop(): void;
}

/** Whether certificates can be made here. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Prepares both machines, with certificates, and without knowing each other's authority. */
export async function createMachines(): Promise<Machines> {
  const root = mkdtempSync(join(tmpdir(), 'machines-'));
  const path = (machine: MachineName, ...parts: readonly string[]) => join(root, machine, ...parts);
  const edgePort = await findPorts(HOSTS.a, 2);
  const depotPort = await findPorts(HOSTS.b, 3);
  const topology = {
    system: 'relay',
    gateway: { public: `${HOSTS.a}:0`, admin: `${HOSTS.a}:0` },
    machines: HOSTS,
    wire: { tls: 'mesh' },
    groups: {
      edge: {
        ...{ on: ['a'], port: edgePort, gateway: true },
        services: ['desk', 'ledger', '@administration'],
      },
      depot: { on: ['b'], port: depotPort, services: ['depot'], replicas: 2 },
    },
    stores: { '*': { engine: 'sqlite' } },
  };
  for (const machine of ['a', 'b'] as const) {
    mkdirSync(path(machine, 'mesh', 'authorities'), { recursive: true });
    writeFileSync(path(machine, 'topology.json'), JSON.stringify(topology));
  }
  openssl(root, `req -x509 ${NEW_KEY} -days 3650 -subj /CN=mesh -keyout ca.key -out ca.pem`);
  const portico = (machine: MachineName, ...parameters: readonly string[]) =>
    spawnPortico([...parameters, '--directory', path(machine, 'run')]).ended;
  const { secret: key } = createConsumerKey(path('a', 'run', 'keys.json'), {
    ...{ system: 'relay', host: createHost(), consumer: 'tester' },
    permissions: ['parcels:send', 'portico:read'],
  });
  const machines: Machines = {
    path,
    portico,
    key,
    start: (machine) =>
      portico(
        machine,
        ...['start', MODULE, '--topology', path(machine, 'topology.json')],
        ...['--machine', machine, '--detach'],
      ),
    log: (machine, replica) => readFileSync(path(machine, 'run', 'log', `${replica}.log`), 'utf8'),
    issue(machine) {
      const name = `subjectAltName=URI:portico://relay/${machine}`;
      openssl(
        root,
        `req ${NEW_KEY} -subj /CN=${machine} -addext ${name} -keyout key.pem -out csr.pem`,
      );
      openssl(
        root,
        'x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy ' +
          '-days 90 -out cert.pem',
      );
      for (const file of ['cert.pem', 'key.pem', 'ca.pem'])
        cpSync(join(root, file), path(machine, 'mesh', file));
    },
    introduce(to, whose) {
      const said = spawnSync(process.execPath, [
        ...[MAIN, 'authority', '--directory', path(whose, 'run')],
      ]);
      writeFileSync(path(to, 'mesh', 'authorities', `${whose}.json`), said.stdout);
    },
    async shownByDepot() {
      const [cert, tlsKey, ca] = ['cert.pem', 'key.pem', 'ca.pem'].map((file) =>
        readFileSync(path('a', 'mesh', file)),
      );
      const address = { host: HOSTS.b, port: depotPort, checkServerIdentity: () => undefined };
      const socket = connect({ ...address, ...{ cert, key: tlsKey, ca } } as never);
      const shown = await new Promise<string>((resolve, reject) => {
        socket.once('secureConnect', () =>
          resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? ''),
        );
        socket.once('error', reject);
      });
      socket.destroy();
      return shown;
    },
    kill: (machine) => endAtOnce(path(machine, 'run')),
    stop() {
      for (const machine of ['a', 'b'] as const) endAtOnce(path(machine, 'run'));
      rmSync(root, { recursive: true, force: true });
    },
  };
  for (const machine of ['a', 'b'] as const) machines.issue(machine);
  return machines;
}

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

function openssl(cwd: string, parameters: string): void {
  const { status, stderr } = spawnSync('openssl', parameters.split(' '), { cwd });
  assert.equal(status, 0, String(stderr));
}

/** The first of so many ports in a row that nobody listens on. */
async function findPorts(host: string, count: number): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const first = await listenOnce(host, 0);
    const others = Array.from({ length: count - 1 }, (_, index) => (first ?? 0) + 1 + index);
    const found = await Promise.all(others.map((port) => listenOnce(host, port)));
    if (first !== undefined && found.every((port) => port !== undefined)) return first;
  }
  throw new Error(`no ${count} free ports in a row on ${host}`);
}

function listenOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host, port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
