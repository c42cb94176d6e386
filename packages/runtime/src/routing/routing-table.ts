/** Whether new calls may be given to a replica, as whoever keeps the table knows it. */
export type EndpointState = 'ready' | 'draining';

/** Where one running copy of a service is reached. */
export interface Endpoint {
  /** The replica's name within the system: `cart-2`. */
  readonly replica: string;
  /** What a dialler understands: the path of a Unix socket, or `host:port`. */
  readonly address: string;
  readonly state: EndpointState;
  /**
   * Derived from a file, not from what runs: whether somebody listens there only dialling tells, and calls are
   * given to whoever does.
   */
  readonly static?: boolean;
}

/** The running copies of one service. */
export interface RoutedService {
  /** The newest contract version that is served. */
  readonly version: string;
  readonly endpoints: readonly Endpoint[];
}

/**
 * Where everything runs: the one input of whoever finds what serves a call. Tables replace each other as
 * a whole; a later one has a higher (epoch, generation).
 */
export interface RoutingTable {
  /** Grows when whoever makes the tables has lost count, and begins anew. */
  readonly epoch: number;
  /** Grows with each change. */
  readonly generation: number;
  readonly services: Readonly<Record<string, RoutedService>>;
}

/** Whether `table` replaces `held`: an older one that arrives late must not. */
export function isNewer(table: RoutingTable, held: RoutingTable | undefined): boolean {
  if (!held) return true;
  if (table.epoch !== held.epoch) return table.epoch > held.epoch;
  return table.generation > held.generation;
}
