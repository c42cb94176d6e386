import type { Operation } from '@portico/contract';
import type { Call } from './call.ts';
import type { Caller } from './caller.ts';

/** The one way to an operation, for every binding: REST, SOAP, wire and in-process calls all end here. */
export interface Dispatcher {
  /**
   * Whether `caller` may call `operation` at all; before validation, before any look at data.
   * @throws {Failure} `unauthenticated` or `forbidden` (naming the missing permissions).
   */
  admit(operation: Operation, caller: Caller): void;
  /**
   * Admits, validates and copies `input`, applies deadline, cancellation and idempotency, runs the
   * handler, checks and copies its output.
   * @throws {Failure} and nothing else.
   */
  dispatch(operation: Operation, input: unknown, call: Call): Promise<unknown>;
}
