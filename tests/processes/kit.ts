import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Api } from '@portico/contract';
import { createHost } from '@portico/host';
import { createLog, parseTopology, type System } from '@portico/system';
import { type SupervisedSystem, startSupervised } from '@portico/system/processes';
import shop from '../../systems/shop/system.ts';
import type { Calls } from '../shop/kit/client.ts';
import { type Psp, startPsp } from '../shop/kit/psp.ts';
import { type Consumers, createConsumers, createDoor, type Door } from '../shop/kit/shop.ts';

/** A process of the shop that is there now. */
export interface ShopProcess {
  /** `cart-0`; the supervisor is called so. */
  readonly name: string;
  readonly pid: number;
}

/** The shop in real processes, under keeper and supervisor. */
export interface SupervisedShop extends Pick<Door, 'origin'> {
  calls<A extends Api>(api: A, how: Parameters<Door['calls']>[1]): Promise<Calls<A>>;
  readonly psp: Psp;
  readonly consumers: Consumers;
  readonly directory: string;
  /** Starts it once more on the same data and ports, when its keeper has died: what is left of it goes first. */
  startAgain(): Promise<void>;
  /** What the supervisor is asked, as the command line asks it. */
  readonly supervision: SupervisedSystem['tool']['supervision'];
  /** Everybody the keeper has written down: replicas, and the supervisor. */
  processes(): readonly ShopProcess[];
  /** Those who see to it that the others are there. */
  watchers(): { readonly keeper: number; readonly supervisor: number };
  /** The process of that name. @throws {Error} when there is none. */
  pidOf(name: string): number;
  /** The topology as it was given, with other groups. */
  topologyWith(groups: Groups): string;
  /** Waits until nothing is being changed, every group has what it wants, and each replica knows of it. */
  settled(): Promise<void>;
  /** Ends every process, whatever state it is in. */
  stop(): Promise<void>;
}

/** Process groups of a topology. */
export type Groups = Readonly<Record<string, object>>;

/**
 * The groups of a shop whose parts can be lost one by one: who is killed, scaled and moved has a process of its
 * own; the rest shares one.
 */
export function groupsOf(edges = 1): Groups {
  return {
    edge: { gateway: true, replicas: edges },
    catalog: { services: ['catalog'] },
    inventory: { services: ['inventory'] },
    cart: { services: ['cart'] },
    orders: { services: ['orders'] },
    others: { services: ['*'] },
  };
}

/** What every process of the shop loads. */
export const SHOP_MODULE = fileURLToPath(new URL('../../systems/shop/system.ts', import.meta.url));

/** A canary is judged for a minute at most; then the rest is rolled. */
const SETTLE_MS = 150_000;
const LOOK_MS = 20;
/** Free ports. */
const ANYWHERE = { public: '127.0.0.1:0', admin: '127.0.0.1:0' };

/** Passwords of tests need no protection. */
const CHEAP_COST_LOG2 = '10';

/** What is unlike an ordinary shop. */
export interface SupervisedShopOptions {
  /** What its processes load; default: the shop as it is. */
  readonly module?: string;
  /** What that module exports, where it is another system. */
  readonly system?: System;
  /** Does something to its directory before anything runs. */
  prepare?(directory: string): void;
}

/** Starts an empty shop and its payment provider on free ports, in a directory of its own. */
export async function startSupervisedShop(
  groups: Groups,
  { module = SHOP_MODULE, system = shop, prepare }: SupervisedShopOptions = {},
): Promise<SupervisedShop> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  const data = join(directory, 'shop');
  const consumers = createConsumers(data);
  const psp = await startPsp(data, createHost().clock.now);
  const env = { SHOP_PSP_URL: psp.url, SHOP_SCRYPT_COST_LOG2: CHEAP_COST_LOG2 };
  const toTopology = (given: Groups, listens = ANYWHERE) => ({
    system: 'shop',
    gateway: listens,
    groups: given,
    stores: { '*': { engine: 'sqlite' } },
  });
  // Who ends a test in the middle ends its shop, too: nobody else knows of it.
  const abandon = () => {
    for (const { pid } of everybodyOf(data)) kill(pid);
  };
  const leave = () => process.exit(1);
  process.once('exit', abandon);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, leave);
  const end = async () => {
    await endAll(data);
    process.off('exit', abandon);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, leave);
    await psp.close();
    rmSync(directory, { recursive: true, force: true });
  };
  const start = (listens = ANYWHERE) =>
    startSupervised(system, {
      module,
      topology: parseTopology(toTopology(groups, listens), 'of a test'),
      ...{ env, directory: data },
      log: createLog({ file: join(directory, 'test.log') }),
    });
  prepare?.(data);
  const { tool: firstTool, origins } = await start().catch(async (problem: unknown) => {
    await end();
    throw problem;
  });
  let tool = firstTool;
  // Where its clients know it.
  const here = { public: new URL(origins.public).host, admin: new URL(origins.admin).host };
  psp.sendEventsTo(origins.public);
  const door = createDoor(origins.public);
  const processes = () => readProcesses(data);
  return {
    ...{ origin: door.origin, psp, consumers, directory: data, processes },
    calls: (api, how) => door.calls(api, how),
    get supervision() {
      return tool.supervision;
    },
    async startAgain() {
      tool.close();
      ({ tool } = await start(here));
    },
    watchers() {
      const { keeper, supervisor } = readState(data) ?? {};
      if (!keeper || !supervisor) throw new Error('nobody watches');
      return { keeper: keeper.pid, supervisor: supervisor.pid };
    },
    pidOf(name) {
      const found = processes().find((one) => one.name === name);
      if (!found) throw new Error(`there is no process "${name}"`);
      return found.pid;
    },
    topologyWith: (given) => JSON.stringify(toTopology(given)),
    async settled() {
      const endAt = performance.now() + SETTLE_MS;
      while (!(await isSettled(tool.supervision))) {
        if (performance.now() > endAt) {
          const status = JSON.stringify(await tool.supervision.getStatus());
          throw new Error(`not settled after ${SETTLE_MS} ms: ${status}`);
        }
        await pause(LOOK_MS);
      }
    },
    async stop() {
      tool.close();
      await end();
    },
  };
}

/** One that is started at this moment does not answer: nothing is settled. */
async function isSettled(supervision: SupervisedShop['supervision']): Promise<boolean> {
  const status = await supervision.getStatus().catch(() => undefined);
  return (
    status?.settled === true &&
    status.groups.every(
      ({ wanted, replicas }) =>
        replicas.length === wanted && replicas.every(({ phase }) => phase === 'ready'),
    )
  );
}

interface Written {
  readonly keeper: { readonly pid: number };
  readonly supervisor?: { readonly pid: number };
  readonly children: readonly { readonly id: string; readonly pid: number }[];
}

function readState(directory: string): Written | undefined {
  const path = join(directory, 'keeper.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Written) : undefined;
}

function readProcesses(directory: string): readonly ShopProcess[] {
  const state = readState(directory);
  if (!state) return [];
  const children = state.children.map(({ id, pid }) => ({ name: id.split('.')[0] ?? id, pid }));
  return state.supervisor
    ? [{ name: 'supervisor', pid: state.supervisor.pid }, ...children]
    : children;
}

/** The keeper first: whom it no longer sees end, it does not replace. */
function everybodyOf(directory: string): readonly ShopProcess[] {
  const state = readState(directory);
  return state ? [{ name: 'keeper', pid: state.keeper.pid }, ...readProcesses(directory)] : [];
}

async function endAll(directory: string): Promise<void> {
  for (const { pid } of everybodyOf(directory)) {
    kill(pid);
    while (existsSync(`/proc/${pid}`) && !isZombie(pid)) await pause(LOOK_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended before.
  }
}

/** Ended, and nobody has asked how. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
