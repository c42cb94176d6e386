import type { Clock, Timers } from './clock.ts';
import type { Random } from './random.ts';

/** What a machine gives. One value, passed down; tests and simulations pass their own. */
export interface Host {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly ids: Ids;
}

/** New identifiers. */
export interface Ids {
  /** UUIDv7 (RFC 9562 §5.7): sorts by time of creation, monotonic within one host. */
  uuid(): string;
  /** `prefix_` and 26 base-32 characters (130 random bits): unguessable, for ids that callers name. */
  prefixed(prefix: string): string;
}
