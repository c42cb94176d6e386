import { type Criticality, type DeclaredError, Failure, type Operation } from '@portico/contract';
import type { Due } from '@portico/host';
import { type Caller, Cancellation, type Trace } from '@portico/service';
import type { StoreTransaction } from '@portico/store/spi';
import { attach, type CallNode, type CallOwner, cancelChildren, detach } from './call-tree.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { Entry } from './entry.ts';
import { assertCommitted, toAnswer } from './failures.ts';
import type { KeyedEffect } from './keyed-effect.ts';
import type { Placement } from './placement.ts';
import type { Places } from './policies/admission.ts';
import type { Bulkhead } from './policies/bulkhead.ts';
import { outOfTime, tookTooLong } from './policies/deadline.ts';
import type { BegunSaga } from './saga/saga-starter.ts';
import { createChildTrace, createRootTrace } from './trace.ts';

/**
 * One run of a handler, job or hook: what it was called with and how it ends. Made for each call, so it
 * is one flat object; whatever few handlers ask for is made when they do.
 */
export class Invocation implements Due, CallNode, CallOwner {
  readonly placement: Placement;
  /** `undefined` for jobs and hooks. */
  readonly entry: Entry | undefined;
  /** The invocation whose handler makes this call, if that is in this process. */
  readonly parent: Invocation | undefined;
  /** The operation as the caller's contract has it, where that is another object than the callee's. */
  declared: Operation | undefined = undefined;
  caller: Caller;
  from: string | undefined = undefined;
  deadline: number = Number.POSITIVE_INFINITY;
  key: string | undefined = undefined;
  undoes: string | undefined = undefined;
  criticality: Criticality = 'default';
  attempt = 1;
  /** The caller's span, where the caller is not an invocation of this process. */
  callerTrace: Trace | undefined = undefined;

  /** Set when it ended before its handler did. */
  reason: Failure | undefined = undefined;
  settled = false;
  /** Its handler has begun. */
  started = false;
  /** It counts as in flight. */
  isUnderWay = false;
  /** When its handler began, or it would have had there been a place. */
  begunAt = 0;
  /** Where it has its place; waiting for one it is `queued`. */
  places: Places | undefined = undefined;
  queued: { giveUp(): void } | undefined = undefined;
  /** Of calls within this process. */
  bulkhead: Bulkhead | undefined = undefined;
  resolve: ((value: unknown) => void) | undefined = undefined;
  reject: ((failure: Failure) => void) | undefined = undefined;
  /** Stops listening to whoever could cancel this from outside. */
  onEnd: (() => void) | undefined = undefined;

  openTransactions = 0;
  /** A broken rule of the platform: the answer is this, whatever the handler makes of it. */
  mistake: Failure | undefined = undefined;
  effect: KeyedEffect | undefined = undefined;
  /** The event that is being handled, or the saga's step, where that is what this run is for. */
  delivery: Delivery | undefined = undefined;
  /** Of a job: runs first in each of its transactions, and undoes those that are not its to make any more. */
  guard: ((transaction: StoreTransaction) => Promise<void>) | undefined = undefined;
  /** In a saga's undo: what the keys of the forward calls began with. */
  forwardBase: string | undefined = undefined;
  /** A keyed operation was called: its repetition rests on its key being known to the callee. */
  hasCalledKeyed = false;
  /** Its transaction has started or woken sagas, or given one up. */
  sagasTouched = false;
  /** Sagas whose first attempt its transaction has begun. */
  sagasBegun: readonly BegunSaga[] = [];
  /** Keyed operations that have used their derived key. */
  derived: Set<string> | undefined = undefined;
  /** What those keys begin with. */
  derivedBase: string | undefined = undefined;
  undone: unknown = undefined;

  slot = -1;
  nextDue: Due | undefined = undefined;
  previousDue: Due | undefined = undefined;
  firstChild: CallNode | undefined = undefined;
  nextSibling: CallNode | undefined = undefined;
  previousSibling: CallNode | undefined = undefined;
  #trace: Trace | undefined = undefined;
  #cancellation: Cancellation | undefined = undefined;

  constructor(placement: Placement, entry: Entry | undefined, parent: Invocation | undefined) {
    this.placement = placement;
    this.entry = entry;
    this.parent = parent;
    this.caller = parent === undefined ? NOBODY : parent.caller;
  }

  /** `inventory.reserve`, or the service's name for its jobs and hooks. */
  get label(): string {
    return this.entry?.operation.id ?? this.placement.name;
  }

  /** The span of this run; those of its calls are its children. */
  get trace(): Trace {
    if (this.#trace) return this.#trace;
    const { random } = this.placement.around.host;
    const parent = this.callerTrace ?? this.parent?.trace;
    this.#trace = parent ? createChildTrace(parent, random) : createRootTrace(random);
    return this.#trace;
  }

  get cancellation(): Cancellation {
    if (!this.#cancellation) {
      this.#cancellation = new Cancellation();
      if (this.reason) this.#cancellation.cancel(this.reason);
    }
    return this.#cancellation;
  }

  /** From here on it counts as in flight, and ends at its deadline at the latest. */
  begin(): void {
    this.isUnderWay = true;
    const { placement } = this;
    placement.inFlight++;
    placement.around.wheel.add(this);
    attach(this.parent ?? placement, this);
  }

  /** The answer: `value`, checked and copied. Too late answers are discarded. */
  succeed(value: unknown): void {
    if (this.settled) return;
    let answer: unknown;
    try {
      answer = this.complete(value);
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    this.resolve?.(answer);
  }

  /** @throws whatever is wrong with the handler's value. */
  complete(value: unknown): unknown {
    if (this.openTransactions > 0) assertCommitted(this);
    if (this.mistake) throw this.mistake;
    let answer: unknown;
    if (this.entry !== undefined) {
      answer = this.entry.copyOutput(value);
      this.entry.hideFields(answer, this.caller);
    }
    this.#end();
    return answer;
  }

  /** The answer: what `thrown` means to the caller. */
  fail(thrown: unknown): void {
    if (this.settled) return;
    const failure = this.conclude(thrown);
    this.reject?.(failure);
  }

  /** Ends with a failure, and says which. */
  conclude(thrown: unknown): Failure {
    if (this.settled && this.reason) return this.reason;
    const failure = toCallers(toAnswer(thrown, this), this.declared);
    if (this.parent) this.placement.around.foreign.add(failure);
    this.#end();
    return failure;
  }

  /** Ends it before its handler began: the failure is the platform's own, and passes as it is. */
  decline(failure: Failure): void {
    if (this.parent) this.placement.around.foreign.add(failure);
    this.#end();
  }

  /** Ends it before its handler does, and every call that it is waiting for, within this turn. */
  cancel(reason: Failure): void {
    if (this.settled) return;
    this.reason = reason;
    if (this.parent) this.placement.around.foreign.add(reason);
    this.#end();
    this.reject?.(reason);
    this.#cancellation?.cancel(reason);
    cancelChildren(this, reason);
  }

  onDue(): void {
    this.cancel(this.queued ? outOfTime() : tookTooLong());
  }

  #end(): void {
    this.settled = true;
    if (this.onEnd !== undefined) this.onEnd();
    if (this.started) this.#measure();
    if (this.places !== undefined) this.places.leave();
    else if (this.queued !== undefined) this.queued.giveUp();
    if (this.bulkhead !== undefined) this.bulkhead.leave();
    if (!this.isUnderWay) return;
    const { placement } = this;
    const { around } = placement;
    placement.inFlight--;
    if (this.slot >= 0) around.wheel.remove(this);
    detach(this.parent ?? placement, this);
    if (around.onIdle !== undefined) around.onIdle();
  }

  /** How long it took: not where its caller gave up, which says nothing of the operation. */
  #measure(): void {
    const median = this.entry?.median;
    if (median === undefined || --median.countdown >= 0) return;
    if (this.reason?.class !== 'CANCELLED') median.sample(this.begunAt);
  }
}

/** An error of the contract as the caller's own contract has it, so that its definition knows it. */
function toCallers(failure: Failure, declared: Operation | undefined): Failure {
  const { name } = failure.details;
  if (!declared || failure.class !== 'APP' || name === undefined) return failure;
  const errors: Readonly<Record<string, DeclaredError>> = declared.errors;
  const definition = Object.hasOwn(errors, name) ? errors[name]?.definition : undefined;
  return new Failure('APP', name, failure.message, { ...failure.details, definition });
}

const NOBODY: Caller = Object.freeze({ permissions: new Set<string>(), via: 'anonymous' });
