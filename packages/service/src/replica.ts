import type { Operation } from '@portico/contract';
import type { Call } from './call.ts';

/** Whether new calls may be given to a replica. */
export type ReplicaState = 'connecting' | 'ready' | 'draining' | 'closed';

/**
 * One running copy of services in another process, as callers see it: a connection over the wire, or
 * whatever a simulation puts in its place.
 */
export interface Replica {
  /** Its name within the system: `cart-2`. */
  readonly name: string;
  readonly state: ReplicaState;
  /** Nothing was heard of it for a while; used only when no other replica is left. */
  readonly suspect: boolean;
  /** The part of its limit that is in use, as it said with its last answer: 0 to 1, more when it sheds. */
  readonly load: number;
  /** Calls sent to it and not answered. */
  readonly inFlight: number;
  /** Whether it has this operation, of the same major version. */
  serves(operation: Operation): boolean;
  /**
   * Calls `operation` there. Cancelled and cut off at `call.deadline` like every call.
   * @throws {Failure} (as a rejection) and nothing else. `NOT_SENT` when it never left this process.
   */
  call(operation: Operation, input: unknown, call: Call): Promise<unknown>;
}
