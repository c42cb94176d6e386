import { Failure, type Operation } from '@portico/contract';
import type { Host, LoadMeter } from '@portico/host';
import { createRootTrace, type RoutingTable, serviceCaller } from '@portico/runtime';
import { Cancellation } from '@portico/service';
import type { Replica } from '@portico/service/spi';
import { Control, type ReplicaOrders } from '@portico/supervisor';
import { Platform } from '../platform/platform-api.ts';
import type { RunningGroup } from '../process/start-group.ts';

/** How often the supervisor hears of this replica. */
const REPORT_MS = 1_000;
/** Until it serves, somebody waits for it. */
const REPORT_STARTING_MS = 100;
/** What a supervisor takes for a replica that serves. */
const SERVING_REPORTS = 2;
/** How soon it is asked again when it did not answer. */
const AGAIN_MS = 200;
/** A supervisor that answers later than this is as good as gone; the next report is due then. */
const ANSWER_MS = 2_000;
/** The supervisor answers a wait for news after 20 s at the latest. */
const NEWS_MS = 30_000;

/** Longer than connections on one machine take, shorter than anybody waits for an acknowledgement. */
const CONNECT_MS = 1_500;
/** A service that does not come up keeps the door shut no longer: the others are wanted, too. */
const OPEN_WITHIN_MS = 2_000;

/** What a replica tells its supervisor with. */
export interface ControlLinkOptions {
  readonly host: Host;
  readonly meter: LoadMeter;
  readonly orders: Pick<ReplicaOrders, 'replica' | 'control'>;
  /** The supervisor, over the wire. */
  readonly supervisor: Replica;
  /** Contract versions of the services here. */
  readonly versions: Readonly<Record<string, string>>;
  /** Everything that the system serves: the door opens when all of it can be reached. */
  readonly services: readonly string[];
  /** The supervisor wants this replica to end. */
  readonly onDrain: () => void;
  /** The door can't be opened. */
  readonly onFailure: (problem: unknown) => void;
}

/** A replica's side of the conversation with its supervisor. */
export interface ControlLink {
  /** From now on it reports that it serves, and follows the routing table. */
  attach(group: RunningGroup): void;
  stop(): void;
}

/** Reports once a second and follows the routing table, whoever the supervisor is at the moment. */
export function startControlLink(options: ControlLinkOptions): ControlLink {
  const { host, meter, orders, supervisor, versions, onDrain, onFailure } = options;
  const who = { replica: orders.replica, token: orders.control.token };
  const caller = serviceCaller(Platform.name);
  const ending = new Cancellation();
  const stopping = new AbortController();
  let group: RunningGroup | undefined;
  let isOpen = false;
  let isPatient = true;
  let admitted = 0;

  const ask = (operation: Operation, input: object, timeoutMs: number): Promise<unknown> =>
    supervisor.call(operation, input, {
      ...{ caller, from: Platform.name, cancellation: ending, key: undefined, attempt: 1 },
      deadline: host.clock.monotonic() + timeoutMs,
      criticality: 'critical',
      trace: createRootTrace(host.random),
    });
  const pause = (ms: number) => host.timers.sleep(ms, stopping.signal).catch(() => {});
  const report = async () => {
    let serving = 0;
    while (!stopping.signal.aborted) {
      const present = toReport();
      const isHeard = await ask(Control.operations.report, present, ANSWER_MS).then(
        () => true,
        () => false,
      );
      if (isHeard && present.serving) serving++;
      await pause(serving < SERVING_REPORTS ? REPORT_STARTING_MS : REPORT_MS);
    }
  };
  let rssBytes = 0;
  /** Reading it takes a descriptor (proc(5)): who has none left serves on, with the last figure. */
  const readMemory = (): number => {
    try {
      rssBytes = process.memoryUsage.rss();
    } catch {
      // Nothing is known of this second.
    }
    return rssBytes;
  };
  const toReport = () => {
    const health = group?.health();
    const problems = Object.entries(health?.services ?? {}).flatMap(([name, { ready, reason }]) =>
      ready ? [] : [`${name}: ${reason ?? 'not ready'}`],
    );
    return {
      ...who,
      started: group !== undefined,
      serving: isOpen && health?.ready === true,
      ...(problems.length > 0 ? { problem: problems.join('; ').slice(0, 1_000) } : {}),
      versions,
      ...(group ? { load: toLoad(group) } : {}),
      rssBytes: readMemory(),
      peers: group ? group.remote.figures() : [],
    };
  };
  /** The busiest of its services stands for the replica: each has a limit of its own. */
  const toLoad = ({ runtime }: RunningGroup) => {
    const loads = Object.values(runtime.loads());
    const busiest = loads.toSorted((one, other) => other.load - one.load)[0];
    const total = loads.reduce((sum, load) => sum + load.admitted, 0);
    const queued = loads.reduce((sum, load) => sum + load.queued, 0);
    const throughput = Math.max(0, total - admitted);
    admitted = total;
    return {
      inFlight: busiest?.inFlight ?? 0,
      limit: Math.max(1, Math.floor(busiest?.limit ?? 1)),
      utilisation: Math.min(1, Math.max(0, meter.read().loopUtilisation)),
      // Little's law: who waits, by how many enter in a second.
      queueWaitMs: queued === 0 ? 0 : (queued / Math.max(1, throughput)) * 1_000,
      throughput,
    };
  };
  const follow = async (here: RunningGroup) => {
    while (!stopping.signal.aborted) {
      const held = here.remote.table;
      const position = held && { held: { epoch: held.epoch, generation: held.generation } };
      const news = await ask(Control.operations.follow, { ...who, ...position }, NEWS_MS).catch(
        (problem: unknown) => Failure.from(problem),
      );
      if (news instanceof Failure) {
        await pause(AGAIN_MS);
        continue;
      }
      const { table, drain } = news as { table?: RoutingTable; drain: boolean };
      if (drain) return onDrain();
      if (!table) continue;
      here.route(table);
      // The next question acknowledges the table: by then, what it names can be called.
      await here.remote.connected(CONNECT_MS);
      if (!isPatient || options.services.every((name) => table.services[name])) open(here);
    }
  };
  const open = (here: RunningGroup) =>
    here.open().then(() => {
      isOpen = true;
    }, onFailure);
  void report();
  return {
    attach(started) {
      group = started;
      void follow(started);
      if (!started.gateway) return void open(started);
      const loseNoMoreTime = () => {
        isPatient = false;
        // Without a table nobody could be served: then it opens with the first.
        if (started.remote.table) open(started);
      };
      host.timers.after(OPEN_WITHIN_MS, loseNoMoreTime, { background: true });
    },
    stop() {
      stopping.abort();
      ending.cancel();
    },
  };
}
