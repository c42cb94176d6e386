import { Failure } from '@portico/contract';

/** Calls that one process has under way to one service, and no more: one slow service must not take all. */
export class Bulkhead {
  readonly #service: string;
  readonly #max: number;
  /** Calls under way. */
  inFlight = 0;
  /** Calls refused since the start. */
  refused = 0;

  constructor(service: string, max: number) {
    this.#service = service;
    this.#max = max;
  }

  /** @returns why not. Without a failure, `leave` is due when the call has ended. */
  enter(): Failure | undefined {
    if (this.inFlight >= this.#max) return this.#refuse();
    this.inFlight++;
    return undefined;
  }

  leave(): void {
    this.inFlight--;
  }

  #refuse(): Failure {
    this.refused++;
    const message = `${this.#max} calls to "${this.#service}" are under way already.`;
    return new Failure('OVERLOADED', 'overloaded', message, { reason: 'bulkhead' });
  }
}
