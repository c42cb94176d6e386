import type { Criticality, Failure } from '@portico/contract';
import type { Invocation } from './invocation.ts';
import type { Candidate, Places } from './policies/admission.ts';

/** A call in front of its service: until it has a place, is shed, or ends. */
export class QueuedCall implements Candidate {
  waitingSince = 0;
  readonly answer: Promise<unknown>;
  readonly #invocation: Invocation;
  readonly #places: Places;
  readonly #enter: () => Promise<unknown>;
  #resolve: (answer: Promise<unknown>) => void = () => {};

  /** @param enter Handles the call once it has its place; never throws. */
  constructor(invocation: Invocation, places: Places, enter: () => Promise<unknown>) {
    this.#invocation = invocation;
    this.#places = places;
    this.#enter = enter;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      invocation.reject = reject;
    });
  }

  get criticality(): Criticality {
    return this.#invocation.criticality;
  }

  /** From here on it ends at its deadline, or when its caller gives up. */
  begin(): void {
    this.#invocation.queued = this;
    this.#invocation.begin();
  }

  proceed(): void {
    this.#invocation.queued = undefined;
    this.#invocation.places = this.#places;
    this.#resolve(this.#enter());
  }

  shed(failure: Failure): void {
    const { reject } = this.#invocation;
    this.#invocation.queued = undefined;
    this.#invocation.decline(failure);
    reject?.(failure);
  }

  giveUp(): void {
    this.#places.giveUp(this);
  }
}
