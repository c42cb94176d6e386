import { type Criticality, Failure } from '@portico/contract';

/**
 * What part of the calls under way may be there when one of a criticality begins. Where handlers never pause,
 * the callee has no queue that it could shed from: then it is decided here who gets through.
 */
const SHARES: Readonly<Record<Criticality, number>> = {
  ...{ batch: 0.7, sheddable: 0.85, default: 0.95, critical: 1 },
};

/**
 * Calls that one process has under way to one service, and no more: one slow service must not take all. The
 * last places are for who is critical.
 */
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
  enter(criticality: Criticality): Failure | undefined {
    if (this.inFlight >= Math.ceil(SHARES[criticality] * this.#max)) return this.#refuse();
    this.inFlight++;
    return undefined;
  }

  leave(): void {
    this.inFlight--;
  }

  #refuse(): Failure {
    this.refused++;
    const message = `${this.inFlight} calls to "${this.#service}" are under way already.`;
    return Failure.withoutStack('OVERLOADED', 'overloaded', message, { reason: 'bulkhead' });
  }
}
