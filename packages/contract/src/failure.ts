/**
 * The closed list of ways a call can end without a value. The class, not the message, decides what
 * a caller may conclude and whether anyone repeats the call.
 */
export type FailureClass =
  /** Never handed to a connection: not executed. */
  | 'NOT_SENT'
  /** Declined before any work (draining, not ready, not here, version): not executed. */
  | 'REFUSED'
  /** Shed under load, or over a limit: not executed. */
  | 'OVERLOADED'
  /** No time left. Executed unless `started` is false. */
  | 'DEADLINE'
  /** Sent, then the connection died: outcome unknown. */
  | 'UNAVAILABLE'
  /** The caller gave up. */
  | 'CANCELLED'
  /** The caller's fault; `code` says which. */
  | 'REJECTED'
  /** An error that the contract declares. */
  | 'APP'
  /** An undeclared exception or an invalid output: the detail stays in the log under `incident`. */
  | 'BUG';

/** Why a call was `REJECTED`. The set is closed: bindings map each to a status and a fault. */
export type RejectionCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'malformed'
  | 'invalid'
  | 'unknown-operation'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'unsupported-media-type'
  | 'precondition-missing'
  | 'precondition-failed'
  | 'key-missing'
  | 'key-in-flight'
  | 'key-mismatch'
  | 'too-large'
  /** The body did not arrive in time: 408. */
  | 'too-slow'
  | 'headers-too-large'
  | 'target-too-long';

/** One thing wrong with an input: a JSON pointer (RFC 6901) into it and a sentence. */
export interface Violation {
  readonly pointer: string;
  readonly detail: string;
}

/** What a {@link Failure} may carry beside its class and code. */
export interface FailureDetails {
  /** Errors of the contract: the typed data. */
  readonly data?: unknown;
  /** Errors of the contract: the declared name. */
  readonly name?: string;
  /** Errors of the contract: the HTTP status that it declares. */
  readonly status?: number;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number;
  /** `DEADLINE` only: false when the callee is known not to have begun. */
  readonly started?: boolean;
  /** `BUG` only: the id under which the log holds what happened. */
  readonly incident?: string;
  /** `unauthenticated` and `OVERLOADED` only: what may be told of why (`key-expired`, `rate-limited`). */
  readonly reason?: string;
  /** Named permissions that were missing. */
  readonly permissions?: readonly string[];
  /** `method-not-allowed` only: what the resource answers to. */
  readonly allow?: readonly string[];
  readonly cause?: unknown;
  /** The definition an error of the contract was made from; absent once it has crossed a process. */
  readonly definition?: unknown;
}

/**
 * The one error class of Portico. Everything that ends a call without a value is one of these;
 * what else a handler throws becomes a `BUG` at the dispatcher.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly class: FailureClass;
  /** Stable, kebab-case, for machines: `forbidden`, `deadline`, or the declared error's name. */
  readonly code: string;
  readonly details: FailureDetails;

  constructor(
    failureClass: FailureClass,
    code: string,
    message: string,
    details: FailureDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.class = failureClass;
    this.code = code;
    this.details = details;
  }

  /** A call refused because of what the caller sent. */
  static rejected(code: RejectionCode, message: string, details?: FailureDetails): Failure {
    return new Failure('REJECTED', code, message, details);
  }

  /**
   * A failure whose place in the code is no news: a refusal for load, or what another process has answered.
   * To look for the stack would cost more than all the rest of a refusal.
   */
  static withoutStack(
    failureClass: FailureClass,
    code: string,
    message: string,
    details?: FailureDetails,
  ): Failure {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return new Failure(failureClass, code, message, details);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  /** `value` itself when it is a failure, else a `BUG` with `value` as its cause. */
  static from(value: unknown): Failure {
    if (value instanceof Failure) return value;
    const message = 'The service failed unexpectedly.';
    return new Failure('BUG', 'internal', message, { cause: value });
  }
}
