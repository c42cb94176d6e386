/** Why a saga turned back. Kept in its row, so it names things and holds no personal data. */
export interface SagaReason {
  readonly kind: /** A contract's error. */
    | 'error'
    /** A step stayed without an answer for as long as it may. */
    | 'limit'
    /** The saga's deadline passed before its pivot. */
    | 'deadline'
    /** A step, a transaction of the service, or an operator gave it up. */
    | 'aborted';
  /** The error's name, `TimedOut` for limit and deadline, or what whoever gave it up said. */
  readonly name: string;
  readonly message: string;
  /** Where it stood. */
  readonly step: string;
}

/** See {@link abortSaga}. */
export class SagaAborted extends Error {
  override readonly name = 'SagaAborted';
  /** Becomes the reason's `name`. */
  readonly reason: string;

  constructor(reason: string) {
    super(`The saga was given up: ${reason}`);
    this.reason = reason;
  }
}

/**
 * What a step before the pivot, or the pivot, throws to give the saga up: what was done is undone in
 * reverse. After the pivot it is an error like any other, and the step is tried again.
 *
 * @example
 * if (clock.now() >= data.expiresAt) throw abortSaga('PaymentExpired');
 */
export function abortSaga(reason: string): SagaAborted {
  return new SagaAborted(reason);
}
