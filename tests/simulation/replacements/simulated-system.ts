import { join } from 'node:path';
import { Failure } from '@portico/contract';
import type { SimulatedHost } from '@portico/host';
import type { DialledReplica, Endpoint, RoutingTable } from '@portico/runtime';
import type { Call, Logger } from '@portico/service';
import {
  type ChildExit,
  type KeeperListener,
  type KeptChild,
  type Placement,
  parseOrders,
  type SpawnRequest,
  type Supervisor,
  startSupervisor,
} from '@portico/supervisor';

/** What a replica does with a call that has reached it. */
export type Handle = (input: unknown, call: Call) => Promise<unknown>;

/** What differs from how a replica should behave. */
export interface Misbehaviour {
  /** Refuses calls from the moment it learns that it is to go, while others still believe that it serves. */
  readonly refusesEarly?: boolean;
}

/** A process of the system: it reports, follows its supervisor, serves, drains and ends as a real one would. */
export interface SimulatedProcess {
  readonly name: string;
  readonly group: string;
  readonly bornAt: number;
  alive: boolean;
  serving: boolean;
  /** From when on it takes no calls any more. */
  refusesFrom: number;
  underWay: number;
}

/** A system under a real supervisor whose keeper, processes and connections are simulated. */
export interface SimulatedSystem {
  readonly supervisor: Supervisor;
  /** How many calls were given to a replica that had begun to refuse them. */
  readonly refused: () => number;
  /** A connection to a replica: it is made, kept and lost as the one at the other end comes and goes. */
  dial(endpoint: Endpoint): DialledReplica;
}

/** What a system is made of. */
export interface SystemOptions {
  readonly host: SimulatedHost;
  readonly directory: string;
  readonly placement: Placement;
  readonly handle: Handle;
  readonly misbehaviour?: Misbehaviour | undefined;
  /** Each table that a process gets; resolves when it can call whom the table names. */
  readonly onTable: (replica: string, table: RoutingTable) => Promise<void>;
}

const STARTUP_MS = 1_500;
const REPORT_MS = 1_000;
/** How long a frame is under way at the most. */
const WAY_MS = 20;
/** Busy replicas ask again late: what they believe meanwhile has to be true still. */
const ASK_AGAIN_MAX_MS = 1_500;
/** Nor do they take over at the same time what they were all told. */
const TAKE_OVER_MAX_MS = 400;

/** Starts the supervisor of a system over simulated processes. */
export function startSimulatedSystem(options: SystemOptions): SimulatedSystem {
  const { host, directory, placement, handle, misbehaviour, onTable } = options;
  const children = new Map<string, { kept: KeptChild; process: SimulatedProcess }>();
  let listener: KeeperListener | undefined;
  let refused = 0;
  const isRefusing = ({ refusesFrom }: SimulatedProcess) => refusesFrom <= host.clock.monotonic();
  const refuse = (process: SimulatedProcess) => {
    process.refusesFrom = Math.min(process.refusesFrom, host.clock.monotonic());
  };
  const way = () => host.timers.sleep(host.random.float() * WAY_MS);
  const end = (id: string, exit: ChildExit) => {
    const child = children.get(id);
    if (!child?.process.alive) return;
    child.process.alive = false;
    child.kept = { ...child.kept, exit };
    listener?.exited(id, exit);
  };
  const spawn = (request: SpawnRequest) => {
    const { replica: name, group, control } = parseOrders(request.orders);
    const process: SimulatedProcess = {
      ...{ name, group: group.name, bornAt: host.clock.monotonic() },
      ...{ alive: true, serving: false, refusesFrom: Number.POSITIVE_INFINITY, underWay: 0 },
    };
    const kept = { id: request.id, pid: 1_000 + children.size, startedAt: '1' };
    children.set(request.id, { kept: { ...kept, about: request.about }, process });
    const who = { replica: name, token: control.token };
    const ask = async (operation: 'report' | 'follow', input: object) => {
      const { operations } = supervisor.control.service.spec;
      const handler = operations[operation] as (input: object, context: object) => Promise<unknown>;
      await way();
      const answer = await handler({ ...who, ...input }, { signal: new AbortController().signal });
      await way();
      return answer;
    };
    void report(process, ask);
    void follow(process, ask, () => end(request.id, { code: 0, signal: null }));
  };
  const report = async (process: SimulatedProcess, ask: Ask): Promise<void> => {
    while (process.alive) {
      process.serving =
        host.clock.monotonic() - process.bornAt >= STARTUP_MS && !isRefusing(process);
      const group = placement.groups.find(({ name }) => name === process.group);
      const versions = (group?.services ?? []).map((service) => [service, '1.0.0']);
      await ask('report', {
        ...{ started: process.serving, serving: process.serving, rssBytes: 1_000, peers: [] },
        versions: Object.fromEntries(versions),
      });
      await host.timers.sleep(process.serving ? REPORT_MS : REPORT_MS / 10);
    }
  };
  const follow = async (process: SimulatedProcess, ask: Ask, exit: () => void): Promise<void> => {
    let held: { readonly epoch: number; readonly generation: number } | undefined;
    while (process.alive) {
      const news = (await ask('follow', held ? { held } : {})) as News;
      if (news.drain) return drain(process, exit);
      if (news.table) {
        await host.timers.sleep(host.random.float() * TAKE_OVER_MAX_MS);
        const { epoch, generation, services } = news.table;
        held = { epoch, generation };
        if (misbehaviour?.refusesEarly && isToGo(services, process.name)) refuse(process);
        await onTable(process.name, news.table);
      }
      await host.timers.sleep(host.random.float() * ASK_AGAIN_MAX_MS);
    }
  };
  const drain = async (process: SimulatedProcess, exit: () => void): Promise<void> => {
    refuse(process);
    while (process.underWay > 0) await host.timers.sleep(1);
    await host.timers.sleep(WAY_MS);
    exit();
  };
  const processes = () => {
    const alive = [...children.values()].flatMap(({ process }) => (process.alive ? [process] : []));
    return new Map(alive.map((process) => [process.name, process]));
  };
  const supervisor: Supervisor = startSupervisor({
    ...{ host, directory, placement, log: SILENT },
    release: { name: 'first', directory: '/releases/first' },
    uses: {},
    listeners: ['public', 'admin'],
    machine: () => ({ cores: 64, memoryBytes: 2 ** 40, usedBytes: 0 }),
    program: (_replica, { release }) => ({
      command: 'node',
      args: [join(release.directory, 'main.js')],
    }),
    equip: async () => ({
      ...{ module: 'system.js', topology: {}, secrets: {} },
      identity: { grant: '', privateKey: '', authority: '' },
    }),
    keeper: {
      identity: { pid: 1, startedAt: '1' },
      connect(next) {
        listener = next;
        host.timers.after(0, () => next.children([]));
        return {
          spawn,
          signal(id, signal) {
            const child = children.get(id);
            if (signal === 'SIGKILL' || !child) return end(id, { code: null, signal });
            void drain(child.process, () => end(id, { code: 0, signal: null }));
          },
          forget: (id) => void children.delete(id),
          finish: () => {},
        };
      },
    },
  });
  const dial = ({ replica: name }: Endpoint) =>
    createConnection({
      ...{ name, host, way, handle, isRefusing, find: () => processes().get(name) },
      onRefused: () => void refused++,
    });
  return { supervisor, refused: () => refused, dial };
}

type Ask = (operation: 'report' | 'follow', input: object) => Promise<unknown>;

interface News {
  readonly table?: RoutingTable;
  readonly drain: boolean;
}

interface ConnectionParts {
  readonly name: string;
  readonly host: SimulatedHost;
  readonly way: () => Promise<void>;
  readonly handle: Handle;
  /** The process of that name, if one is alive. */
  readonly find: () => SimulatedProcess | undefined;
  readonly isRefusing: (process: SimulatedProcess) => boolean;
  /** A call was refused that was sent when the other side refused already. */
  readonly onRefused: () => void;
}

/** What the wire would do: dials until somebody is there, hears later that they go, loses what was under way. */
function createConnection(parts: ConnectionParts): DialledReplica {
  const { name, host, way, handle, find, isRefusing } = parts;
  let peer: SimulatedProcess | undefined;
  let isLeft = false;
  const connection = {
    ...{ name, suspect: false, load: 0.1, inFlight: 0, state: 'connecting' as Replica['state'] },
    serves: () => true,
    leave() {
      isLeft = true;
      connection.state = 'closed';
    },
    async call(_operation: unknown, input: unknown, call: Call): Promise<unknown> {
      const callee = peer;
      if (connection.state !== 'ready' || !callee)
        throw new Failure('NOT_SENT', 'not-connected', `There is no connection to "${name}".`);
      connection.inFlight++;
      const isLate = isRefusing(callee);
      try {
        await way();
        // Also of one that has ended: it had said which call was its last.
        if (isRefusing(callee)) {
          if (isLate) parts.onRefused();
          throw new Failure('REFUSED', 'draining', 'It is about to stop.');
        }
        if (!callee.alive) throw new Failure('UNAVAILABLE', 'unavailable', 'It has ended.');
        callee.underWay++;
        const answer = await handle(input, call).finally(() => void callee.underWay--);
        if (!callee.alive) throw new Failure('UNAVAILABLE', 'unavailable', 'It has ended.');
        await way();
        return answer;
      } finally {
        connection.inFlight--;
      }
    },
  };
  const watch = async (): Promise<void> => {
    while (!isLeft) {
      if (peer && !peer.alive) peer = undefined;
      const found = find();
      const next = peer ?? (found?.serving ? found : undefined);
      // What the other side is, is heard here a little later.
      await way();
      if (isLeft) return;
      peer = next;
      connection.state = peer ? (isRefusing(peer) ? 'draining' : 'ready') : 'connecting';
      await host.timers.sleep(LOOK_MS);
    }
  };
  void watch();
  return connection;
}

type Replica = DialledReplica;

const LOOK_MS = 5;

function isToGo(services: RoutingTable['services'], name: string): boolean {
  const endpoints = Object.values(services).flatMap((service) => service.endpoints);
  return endpoints.some(({ replica, state }) => replica === name && state === 'draining');
}

const SILENT: Logger = {
  ...{ debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  child: () => SILENT,
};
