import { existsSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { processOf, replaced } from '../../processes/losses.ts';
import type { SteadyLoad } from '../../processes/steady-load.ts';
import { type CellGroup, type CellShop, STRUCK } from './cell-shop.ts';
import { fillDisk, findPrlimit, limitDescriptors } from './limits.ts';
import { order } from './orders.ts';
import { type Carriage, interpose } from './wire-proxy.ts';

/** What is done to a running shop. */
export interface Fault {
  readonly name: string;
  /** What is struck: the group of a service or `edge`; `supervisor`; `keeper`. */
  readonly part: string;
  /** Whether not even those who need what is struck may notice, of those who are connected and only look. */
  readonly isMild?: boolean;
  /** Why it can't be done to this shop. */
  missing?(cell: CellShop): string | undefined;
  /** Does it. Ends when it is under way. */
  strike(scene: Scene): Promise<Struck>;
}

/** Where a fault strikes. */
export interface Scene {
  readonly cell: CellShop;
  /** Of the part that is struck; of `supervisor` and `keeper`, nobody's. */
  readonly group: CellGroup;
  readonly load: SteadyLoad;
}

/** A fault under way. */
export interface Struck {
  /** When it began, if not with the strike: of `performance.now()`. */
  readonly since?: number;
  /** Lets it last as long as it has to, and takes it back. @throws {Error} when it had no effect. */
  heal(): Promise<void>;
}

/** Longer than a dead connection is believed alive, and as long as a replica may be silent. */
const LONG_MS = 5_000;
/** Everything is used many times meanwhile. */
const SHORT_MS = 2_000;
const FOR_MS = 120_000;
/** Answered while nobody watches. */
const UNWATCHED_REQUESTS = 200;
const GONE_MS = 60_000;

/** Whoever a purchase needs. */
const SERVICES = ['orders', 'payments', 'inventory', 'catalog', 'cart', 'identity'] as const;

/** Everything that is done to real processes, beside planned changes. */
export const CELL_FAULTS: readonly Fault[] = [
  ...SERVICES.map((part): Fault => ({ name: `${part} is killed`, part, strike: kill('SIGKILL') })),
  { name: 'the gateway is killed', part: 'edge', strike: kill('SIGKILL') },
  { name: 'the supervisor is killed', part: 'supervisor', strike: kill('SIGKILL') },
  { name: 'orders stands still', part: STRUCK, strike: kill('SIGSTOP') },
  { name: 'the gateway stands still', part: 'edge', strike: kill('SIGSTOP') },
  { name: 'the supervisor stands still', part: 'supervisor', strike: halt },
  { name: 'the keeper is killed', part: 'keeper', strike: endKeeper },
  { name: 'the event loop is blocked for 5 s', part: STRUCK, strike: block },
  { name: 'memory runs out', part: STRUCK, strike: leak },
  { name: 'descriptors run out', part: 'edge', isMild: true, missing: findPrlimit, strike: starve },
  {
    name: 'the disk is full',
    part: STRUCK,
    isMild: true,
    missing: ({ disk }) => disk.missing,
    strike: fill,
  },
  wire('connections are slow', { kind: 'late', ms: 200 }),
  wire('connections carry a few bytes at a time', { kind: 'sliced' }),
  wire('connections are cut again and again', { kind: 'cut', bytes: 2_000 }),
  wire('connections are black holes', { kind: 'held' }),
  { name: 'the clock jumps ahead', part: STRUCK, missing: lacksClock, strike: jump(600) },
  { name: 'the clock jumps back', part: STRUCK, missing: lacksClock, strike: jump(-600) },
];

/** Until another process has taken the place of the one that is lost. */
function kill(signal: 'SIGKILL' | 'SIGSTOP'): Fault['strike'] {
  return async ({ cell: { shop }, group }) => {
    const { pid } = processOf(shop, group.name);
    process.kill(pid, signal);
    return { heal: () => replaced(shop, pid) };
  };
}

/** Longer than replicas may be silent: whoever watches them must not hold it against them. */
async function halt({ cell: { shop } }: Scene): Promise<Struck> {
  const { pid } = processOf(shop, 'supervisor');
  process.kill(pid, 'SIGSTOP');
  return {
    async heal() {
      await pause(LONG_MS + 1_000);
      process.kill(pid, 'SIGCONT');
    },
  };
}

/** Everybody serves on; then somebody starts the system again. */
async function endKeeper({ cell: { shop }, load }: Scene): Promise<Struck> {
  const { keeper, supervisor } = shop.watchers();
  const from = performance.now();
  process.kill(keeper, 'SIGKILL');
  return {
    async heal() {
      await gone(supervisor);
      await load.more(UNWATCHED_REQUESTS);
      const problems = load.samples
        .filter(({ endedAt }) => endedAt >= from)
        .flatMap(({ problem }) => problem ?? []);
      if (problems.length > 0) throw new Error(`without a keeper: ${problems.join(', ')}`);
      await shop.startAgain();
    },
  };
}

async function block({ cell: { shop }, group }: Scene): Promise<Struck> {
  const [replica = ''] = group.replicas;
  await order(shop, replica, { do: 'process.block', settings: { ms: LONG_MS }, forMs: FOR_MS });
  // It may be ended for it: five seconds are as long as anybody may be silent.
  return { heal: () => pause(LONG_MS) };
}

async function leak({ cell: { shop }, group }: Scene): Promise<Struck> {
  const [replica = ''] = group.replicas;
  const pid = shop.pidOf(replica);
  await order(shop, replica, { do: 'process.leak', settings: { mb: 64 }, forMs: FOR_MS });
  return { heal: () => replaced(shop, pid) };
}

/** Who is connected is served; nobody else gets in. */
async function starve({ cell: { shop }, group }: Scene): Promise<Struck> {
  const restore = group.replicas.map((replica) => limitDescriptors(shop.pidOf(replica)));
  const isOpen = await getsIn(shop.origin);
  return {
    async heal() {
      await pause(SHORT_MS);
      for (const allow of restore) allow();
      if (isOpen) throw new Error('a new connection was taken');
    },
  };
}

async function fill({ cell: { disk, shop } }: Scene): Promise<Struck> {
  if (disk.at === undefined) throw new Error(disk.missing);
  const empty = fillDisk(disk.at);
  return {
    async heal() {
      await pause(SHORT_MS);
      empty();
      await shop.settled();
    },
  };
}

/** What is done to the connections between `inventory` and all who call it. */
function wire(name: string, carriage: Carriage): Fault {
  const part = 'inventory';
  return {
    ...{ name, part, isMild: carriage.kind === 'late' || carriage.kind === 'sliced' },
    missing: ({ topology }) =>
      topology === 'monolith' ? 'there is no connection between processes' : undefined,
    async strike({ cell: { shop }, group, load }) {
      const { services } = await shop.supervision.getRoutes();
      const addresses = services[part]?.endpoints.map(({ address }) => address) ?? [];
      const proxies = await Promise.all(addresses.map(interpose));
      // Who is connected dials again.
      for (const replica of group.replicas) await order(shop, replica, { do: 'hang up' });
      await load.well(1);
      const since = performance.now();
      for (const proxy of proxies) proxy.carry(carriage);
      return {
        since,
        async heal() {
          await pause(carriage.kind === 'held' ? LONG_MS : SHORT_MS);
          for (const proxy of proxies) {
            proxy.carry({ kind: 'well' });
            proxy.leave();
            if (proxy.hit === 0) throw new Error('nobody has called');
          }
        },
      };
    },
  };
}

function lacksClock({ setClock }: CellShop): string | undefined {
  return setClock ? undefined : 'there is no libfaketime';
}

function jump(seconds: number): Fault['strike'] {
  return async ({ cell: { setClock } }) => {
    setClock?.(seconds);
    return {
      async heal() {
        await pause(SHORT_MS);
        setClock?.(0);
      },
    };
  };
}

/** Whether somebody new is answered. */
async function getsIn(origin: string): Promise<boolean> {
  const agent = new Agent();
  return new Promise((resolve) => {
    const asked = get(`${origin}/readyz`, { agent, timeout: LONG_MS }, (answer) => {
      answer.resume();
      resolve(true);
    });
    asked.on('timeout', () => asked.destroy(new Error('nobody answers')));
    asked.on('error', () => resolve(false));
  });
}

async function gone(pid: number): Promise<void> {
  const endAt = performance.now() + GONE_MS;
  while (existsSync(`/proc/${pid}`)) {
    if (performance.now() > endAt) throw new Error(`${pid} lives on`);
    await pause(20);
  }
}
