/** See {@link wait}. */
export class SagaWait<Update> {
  readonly forMs: number;
  readonly update: Update | undefined;

  constructor(forMs: number, update: Update | undefined) {
    this.forMs = forMs;
    this.update = update;
  }
}

/**
 * What a step returns to run again: after `forMs`, or as soon as a transaction of the service wakes the
 * saga (`wake(sagaId)`), whatever comes first. `update` changes the saga's data already now. While it
 * waits it holds no process; before the pivot the saga's deadline ends the waiting.
 *
 * @throws {RangeError} when `forMs` is negative or not a number. `Infinity` waits for `wake` alone.
 */
export function wait<Update = Record<never, never>>(
  forMs: number,
  update?: Update,
): SagaWait<Update> {
  if (Number.isNaN(forMs) || forMs < 0) {
    throw new RangeError(`A saga waits for 0 ms or more, got ${forMs}.`);
  }
  return new SagaWait(forMs, update);
}
