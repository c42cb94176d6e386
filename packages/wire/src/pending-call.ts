import type { Failure, Operation } from '@portico/contract';
import type { Due } from '@portico/host';
import type { Cancellation } from '@portico/service';

/** Where a call is told to that it has ended early. */
export interface PendingCaller {
  expire(pending: PendingCall): void;
  cancel(pending: PendingCall, reason: Failure): void;
}

/** A call that was sent and not answered. */
export class PendingCall implements Due {
  readonly number: number;
  readonly operation: Operation;
  deadline = Number.POSITIVE_INFINITY;
  slot = -1;
  nextDue: Due | undefined = undefined;
  previousDue: Due | undefined = undefined;
  resolve!: (value: unknown) => void;
  reject!: (failure: Failure) => void;
  readonly #owner: PendingCaller;
  #stopListening: (() => void) | undefined = undefined;

  constructor(owner: PendingCaller, operation: Operation, number: number) {
    this.#owner = owner;
    this.operation = operation;
    this.number = number;
  }

  /** Its answer, unless `cancellation` comes first. */
  start(cancellation: Cancellation): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.#stopListening = cancellation.onCancel((reason) => this.#owner.cancel(this, reason));
    });
  }

  /** It has ended: nobody has to tell it anything. */
  finish(): void {
    this.#stopListening?.();
  }

  onDue(): void {
    this.#owner.expire(this);
  }
}
