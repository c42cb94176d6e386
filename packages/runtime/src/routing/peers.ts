import type { Replica } from '@portico/service/spi';
import { CALLER_DEFAULTS } from '../policies/defaults.ts';
import { chooseSubset, type SubsetPolicy } from '../policies/replica-subset.ts';
import { type Endpoint, isNewer, type RoutingTable } from './routing-table.ts';

/** A replica that somebody has dialled, and can leave again. */
export interface DialledReplica extends Replica {
  /** Ends the connection when the calls under way have ended; none is begun. */
  leave(): void;
}

/** What the peers of a process are made of. */
export interface PeersOptions {
  /** The replica that this process is: it is never dialled. */
  readonly self: string;
  /** Connects, and connects again whenever the connection is lost, until it is left. */
  readonly dial: (endpoint: Endpoint) => DialledReplica;
  /** Whether this process may have to call `service`. Replicas of no such service are not dialled. */
  readonly wants: (service: string) => boolean;
  /** How many replicas of a service are dialled. Default: {@link CALLER_DEFAULTS}. */
  readonly subset?: SubsetPolicy;
}

/** The replicas in other processes that this one may call, as the routing table says. */
export interface Peers {
  /**
   * Takes a table over, unless a newer one is held already.
   * @returns whether it was taken over.
   */
  apply(table: RoutingTable): boolean;
  /** The table held; none before the first one came. */
  readonly table: RoutingTable | undefined;
  /** Replicas of `service` that new calls may be given to, but for what the connection itself says. */
  replicasOf(service: string): readonly Replica[];
  /** Whether nobody may be there, and that is as well. */
  isStatic(replica: Replica): boolean;
  /** Leaves all of them. */
  close(): void;
}

/** Keeps one connection to each replica that the table names, however many services it has. */
export function createPeers(options: PeersOptions): Peers {
  const { dial, wants } = options;
  let held: RoutingTable | undefined;
  const dialled = new Map<string, { readonly address: string; readonly replica: DialledReplica }>();
  let byService = new Map<string, readonly Replica[]>();
  const statics = new WeakSet<Replica>();

  const connect = (endpoint: Endpoint): DialledReplica => {
    const known = dialled.get(endpoint.replica);
    if (known?.address === endpoint.address) return known.replica;
    // The same name at another place is another process.
    known?.replica.leave();
    const replica = dial(endpoint);
    dialled.set(endpoint.replica, { address: endpoint.address, replica });
    if (endpoint.static) statics.add(replica);
    return replica;
  };
  const leaveAllBut = (named: ReadonlySet<string>) => {
    for (const [name, { replica }] of dialled) {
      if (named.has(name)) continue;
      dialled.delete(name);
      replica.leave();
    }
  };
  return {
    get table() {
      return held;
    },
    apply(table) {
      if (!isNewer(table, held)) return false;
      held = table;
      const named = new Set<string>();
      const next = new Map<string, readonly Replica[]>();
      for (const [service, { endpoints }] of Object.entries(table.services)) {
        if (!wants(service)) continue;
        const replicas: Replica[] = [];
        for (const endpoint of chosenOf(endpoints, options)) {
          named.add(endpoint.replica);
          const replica = connect(endpoint);
          if (endpoint.state === 'ready') replicas.push(replica);
        }
        next.set(service, replicas);
      }
      byService = next;
      leaveAllBut(named);
      return true;
    },
    replicasOf: (service) => byService.get(service) ?? NONE,
    isStatic: (replica) => statics.has(replica),
    close() {
      byService = new Map();
      leaveAllBut(new Set());
    },
  };
}

/**
 * Those of a service's endpoints that are dialled: not this process, and not all of very many. All of those
 * that are static: of a part of them, nobody may listen at any.
 */
function chosenOf(
  endpoints: readonly Endpoint[],
  { self, subset = CALLER_DEFAULTS.subset }: PeersOptions,
): readonly Endpoint[] {
  const others = endpoints.filter(({ replica }) => replica !== self);
  const names = others.flatMap((one) => (one.static ? [] : [one.replica]));
  const chosen = new Set(chooseSubset(names, self, subset));
  return others.filter((one) => one.static || chosen.has(one.replica));
}

const NONE: readonly Replica[] = Object.freeze([]);
