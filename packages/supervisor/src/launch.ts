import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rotateIfLarge } from '@portico/host';
import { FIRST_LISTENER, type SpawnRequest } from './keeper/messages.ts';
import { type ReplicaOrders, toOrders } from './replica-orders.ts';
import type { Revision } from './supervisor-state.ts';

/** A replica that is about to be started. */
export interface LaunchedReplica {
  readonly id: string;
  /** `cart-2`. */
  readonly name: string;
  readonly number: number;
  /** The path of its Unix socket. */
  readonly address: string;
  /** Where other machines reach it: `host:port`. */
  readonly remoteAddress?: string;
}

/** What whoever composes a system adds to the orders of a replica. */
export type Equipment = Pick<ReplicaOrders, 'module' | 'topology' | 'identity' | 'secrets'>;

/** Where the files of a system's replicas are. */
export interface RunPlaces {
  readonly directory: string;
  /** Sockets: short, for its owner alone. */
  readonly run: string;
  replica(name: string): { readonly cwd: string; readonly log: string; readonly output: string };
  /** Compiled modules of a group: of its own, for who writes there is run by whoever reads. */
  cache(group: string): string;
}

/** Everything that a launch takes. */
export interface Launch {
  readonly replica: LaunchedReplica;
  readonly revision: Revision;
  readonly equipment: Equipment;
  readonly program: { readonly command: string; readonly args: readonly string[] };
  readonly places: RunPlaces;
  readonly control: ReplicaOrders['control'];
  /** Names of the listeners, for a group with the gateway. */
  readonly listeners: readonly string[];
}

/** The longest path that every system takes for a Unix socket, with room for a replica's name (unix(7)). */
const SOCKET_DIRECTORY_MAX = 40;
/** Beside the heap a process has code, stacks and buffers. */
const HEAP_SHARE = 0.75;
const MIB = 1024 ** 2;
/** Replicas go before whatever else runs on the machine; the keeper is left as it is. */
const OOM_SCORE_ADJUST = 200;

/** Where the files of a system are kept, below its directory as far as paths stay short enough. */
export function createPlaces(directory: string): RunPlaces {
  const below = resolve(directory, 'run');
  const digest = createHash('sha256').update(below).digest('hex').slice(0, 12);
  const run = below.length <= SOCKET_DIRECTORY_MAX ? below : join(tmpdir(), `portico-${digest}`);
  return {
    directory: resolve(directory),
    run,
    replica: (name) => ({
      cwd: resolve(directory, 'work', name),
      log: resolve(directory, 'log', `${name}.log`),
      output: resolve(directory, 'log', `${name}.out`),
    }),
    cache: (group) => resolve(directory, 'cache', group),
  };
}

/**
 * All that the keeper needs to start a replica: a directory of its own, an environment with nothing in it
 * but what its group says and where compiled modules are, three quarters of its memory for the heap, its orders apart from both.
 */
export function toSpawnRequest(launch: Launch): SpawnRequest {
  const { replica, revision, equipment, program, places, control } = launch;
  const { group, release } = revision;
  const { cwd, log, output } = places.replica(replica.name);
  const cache = places.cache(group.name);
  for (const directory of [cwd, resolve(log, '..'), cache])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  rotateIfLarge(output);
  const listeners = group.gateway ? launch.listeners : [];
  const descriptors = listeners.map((name, index) => [name, FIRST_LISTENER + index] as const);
  const { memoryBytes, nice } = group.limits;
  const heap =
    memoryBytes === undefined
      ? []
      : [`--max-old-space-size=${Math.floor((HEAP_SHARE * memoryBytes) / MIB)}`];
  const { name, gateway, services, stores, policies } = group;
  return {
    id: replica.id,
    command: program.command,
    args: [...heap, ...program.args],
    cwd,
    env: { ...inherited(), NODE_COMPILE_CACHE: cache, ...group.env },
    listeners,
    orders: toOrders({
      ...equipment,
      group: {
        ...{ name, gateway, services: [...services], stores: { ...stores } },
        ...(policies ? { policies: structuredClone(policies) as Mutable } : {}),
      },
      replica: replica.name,
      release: release.name,
      address: replica.address,
      ...(replica.remoteAddress === undefined ? {} : { remoteAddress: replica.remoteAddress }),
      log,
      directory: places.directory,
      listeners: Object.fromEntries(descriptors),
      control,
    }),
    output,
    oomScoreAdjust: OOM_SCORE_ADJUST,
    ...(nice === undefined ? {} : { nice }),
    about: {
      name: replica.name,
      number: replica.number,
      address: replica.address,
      group: group.name,
      revision: revision.number,
      release: release.name,
    },
  };
}

type Mutable = NonNullable<ReplicaOrders['group']['policies']>;

/** Where programs are found, and what time it is there; nothing else of the operator's shell. */
function inherited(): Record<string, string> {
  const kept = ['PATH', 'TZ', 'NODE_ENV'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}
