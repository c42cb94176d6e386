import { Failure } from '@portico/contract';

/**
 * Tells the parts of a call that nobody waits for its answer any more. Cheaper than an
 * `AbortController`, which is made only when somebody asks for the `signal`.
 */
export class Cancellation {
  #reason: Failure | undefined;
  #listeners: Set<(reason: Failure) => void> | undefined;
  #controller: AbortController | undefined;

  /** Why the call ended early; `undefined` while it has not. */
  get reason(): Failure | undefined {
    return this.#reason;
  }

  /** For handlers and what they call (`fetch`, timers). Aborted with the reason. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Ends the call; the first reason stands. Listeners run within this turn. */
  cancel(reason: Failure = new Failure('CANCELLED', 'cancelled', 'The caller gave up.')): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener(reason);
  }

  /** Runs `listener` when the call is cancelled, at once if it already is. Returns how to stop listening. */
  onCancel(listener: (reason: Failure) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return () => {};
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }
}
