/** How many copies of a process group run: scaled between the two, fixed when they are equal. */
export interface ReplicaRange {
  readonly min: number;
  readonly max: number;
}

/** What one replica may take of its machine. */
export interface GroupLimits {
  readonly memoryBytes?: number;
  /** −20 to 19; below 0 only for root. */
  readonly nice?: number;
}

/** Where the store of one service lives. */
export interface StorePlace {
  readonly engine: string;
  /** Where the secret to open it comes from: `file:secrets/payments-db`. */
  readonly secret?: string;
}

/** Numbers that differ from the defaults: side → section → name → value. What they mean, replicas know. */
export type PlacedPolicies = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
>;

/** A process group with everything decided: which services, how many copies, where. */
export interface PlacedGroup {
  readonly name: string;
  /** Whether it holds the gateway's listeners. */
  readonly gateway: boolean;
  /** Sorted; empty for a gateway of its own. */
  readonly services: readonly string[];
  /** On each of `machines`. */
  readonly replicas: ReplicaRange;
  /** Names of the machines it runs on; empty when the topology names none: on this one. */
  readonly machines: readonly string[];
  /** Where there are several machines, replica *n* listens on this + *n* for the others. */
  readonly port?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: GroupLimits;
  /** Files beside its stores and its log that its processes may open. */
  readonly files?: { readonly read?: readonly string[]; readonly write?: readonly string[] };
  /** How much its processes take on, and how they call others, where that is not the default. */
  readonly policies?: PlacedPolicies;
  /** By service. */
  readonly stores: Readonly<Record<string, StorePlace>>;
}

/** Where everything of a system runs: a topology, applied to the services that exist. */
export interface Placement {
  readonly system: string;
  /** Where the listeners are bound: `host:port`. */
  readonly listeners: { readonly public: string; readonly admin: string };
  /** By name; sorted. */
  readonly groups: readonly PlacedGroup[];
}

/** The replicas that may stand beside a full group while it is replaced: a quarter, at least one. */
export function surgeOf(replicas: number): number {
  return replicas >= 4 ? Math.ceil(replicas / 4) : 1;
}
