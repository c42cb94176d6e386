import type { Call } from '@portico/service';
import type { OperatorCommand } from './operator-api.ts';

/** What an operator asks, as it goes on to a process. */
export interface OperatorQuestion {
  readonly operation: OperatorCommand;
  readonly input: unknown;
  /** The operator's own call: as whom it is asked, and until when. */
  readonly call: Call;
}

/** A process of the system, as questions reach it. All of its failures are {@link Failure}s. */
export interface OperatorProcess {
  /** Its name within the system: `cart-2`. */
  readonly name: string;
  readonly services: readonly string[];
  /** Nothing was heard of it for a while: another one is asked first. */
  readonly suspect: boolean;
  ask(question: OperatorQuestion): Promise<unknown>;
}

/** The processes of a system. Whoever composes it passes this to the operator service. */
export interface OperatorReach {
  /** All services of the system, placed or not. */
  readonly services: readonly string[];
  /** Those that are known now, this one first. */
  processes(): readonly OperatorProcess[];
  /**
   * Asks a process that has `service`.
   * @throws {Failure} `not-found` for a service that the system does not have, `NOT_SENT` when no process
   * with it can be reached, else what the process answers.
   */
  ask(service: string, question: OperatorQuestion): Promise<unknown>;
}
