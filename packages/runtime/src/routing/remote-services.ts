import { createDeadlineWheel, type Host } from '@portico/host';
import type { Replica } from '@portico/service/spi';
import {
  type Adjusted,
  adjust,
  CALLER_DEFAULTS,
  type CallerPolicies,
} from '../policies/defaults.ts';
import {
  createRemoteCaller,
  type RemoteCaller,
  type RemoteCallerStats,
} from '../policies/remote-caller.ts';
import { createPeers, type PeersOptions } from './peers.ts';
import type { RoutingTable } from './routing-table.ts';

/** What the services in other processes are reached with. */
export interface RemoteServicesOptions extends PeersOptions {
  readonly host: Host;
  /** What differs from the defaults of how services are called, for all of them. */
  readonly policies?: Adjusted<CallerPolicies>;
}

/** The services that other processes serve, as this one reaches them. */
export interface RemoteServices {
  /** Takes a routing table over, unless a newer one is held. */
  apply(table: RoutingTable): boolean;
  /** The table held; none before the first one came. */
  readonly table: RoutingTable | undefined;
  /** What calls `service`; `undefined` while the table names no process that has it. */
  callerOf(service: string): RemoteCaller | undefined;
  /** Replicas of a service that calls may be given to, for whoever must reach one or each of them. */
  replicasOf(service: string): readonly Replica[];
  /** The same without places of static endpoints where nobody listens: for whoever asks all that there are. */
  presentOf(service: string): readonly Replica[];
  /**
   * Resolves when every replica that the table says is ready is connected, or after `timeoutMs`: for whoever
   * opens a door behind which nobody should meet an unfinished start. Of static endpoints, one is enough.
   * @returns whether all are.
   */
  connected(timeoutMs: number): Promise<boolean>;
  /** By service. */
  stats(): Readonly<Record<string, RemoteCallerStats>>;
  /** What was seen of each replica since this was last asked: for whoever judges it. */
  figures(): readonly PeerFigures[];
  /** Leaves every replica. */
  close(): void;
}

/** Connections on one machine take some milliseconds to be made. */
const LOOK_MS = 5;

/** What one process saw of a replica, over all of its services. */
export interface PeerFigures {
  readonly replica: string;
  readonly calls: number;
  readonly failures: number;
  readonly p95Ms: number;
}

/** Reaches services in other processes: one connection a replica, one set of policies a service. */
export function createRemoteServices(options: RemoteServicesOptions): RemoteServices {
  const { host, policies } = options;
  const { subset } = adjust(CALLER_DEFAULTS, policies);
  const peers = createPeers({ subset, ...options });
  const wheel = createDeadlineWheel(host);
  const callers = new Map<string, RemoteCaller>();
  let placed: ReadonlySet<string> = new Set();
  let told: ReadonlyMap<string, PeerFigures> = new Map();

  const createCaller = (service: string): RemoteCaller => {
    const replicas = () => peers.replicasOf(service);
    return createRemoteCaller({ host, service, replicas, wheel, ...(policies && { policies }) });
  };
  const presentOf = (service: string) =>
    peers.replicasOf(service).filter((one) => !peers.isStatic(one) || one.state === 'ready');
  return {
    get table() {
      return peers.table;
    },
    apply(table) {
      if (!peers.apply(table)) return false;
      placed = new Set(Object.keys(table.services).filter(options.wants));
      // Callers stay, so that what they learned of a service outlives its replicas.
      for (const service of placed) {
        if (!callers.has(service)) callers.set(service, createCaller(service));
      }
      return true;
    },
    callerOf: (service) => (placed.has(service) ? callers.get(service) : undefined),
    replicasOf: peers.replicasOf,
    presentOf,
    async connected(timeoutMs) {
      const isReady = (service: string) => {
        const present = presentOf(service);
        const isMissed = present.length === 0 && peers.replicasOf(service).length > 0;
        return !isMissed && present.every(({ state }) => state === 'ready');
      };
      const endAt = host.clock.monotonic() + timeoutMs;
      while (![...placed].every(isReady)) {
        if (host.clock.monotonic() >= endAt) return false;
        await host.timers.sleep(LOOK_MS);
      }
      return true;
    },
    stats() {
      return Object.fromEntries([...callers].map(([service, caller]) => [service, caller.stats()]));
    },
    figures() {
      const totals = new Map<string, PeerFigures>();
      for (const { replicas } of [...callers.values()].map((caller) => caller.stats())) {
        for (const { name, calls, failures, p95Ms } of replicas) {
          const known = totals.get(name);
          totals.set(name, {
            replica: name,
            calls: calls + (known?.calls ?? 0),
            failures: failures + (known?.failures ?? 0),
            p95Ms: Math.max(p95Ms, known?.p95Ms ?? 0),
          });
        }
      }
      const since = told;
      told = totals;
      return [...totals.values()].map((total) => difference(total, since.get(total.replica)));
    },
    close() {
      peers.close();
      wheel.stop();
    },
  };
}

/** A replica that was started again under its name counts from 0 again. */
function difference(total: PeerFigures, before: PeerFigures | undefined): PeerFigures {
  if (!before || before.calls > total.calls) return total;
  return {
    ...total,
    calls: total.calls - before.calls,
    failures: Math.max(0, total.failures - before.failures),
  };
}
