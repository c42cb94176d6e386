import { Failure, type Operation } from '@portico/contract';
import type { Due, Timer } from '@portico/host';
import { type Call, Cancellation } from '@portico/service';
import type { Replica } from '@portico/service/spi';
import type { CallSurroundings } from './call-surroundings.ts';
import { outOfTime, REMAINING_MIN_MS, toDeadline, tookTooLong } from './deadline.ts';
import type { AttemptEnd } from './replica-record.ts';
import { planRepeat } from './retry.ts';
import type { Sent } from './throttle.ts';

/** A call as its caller makes it. */
export interface MadeCall {
  readonly operation: Operation;
  readonly input: unknown;
  readonly call: Call;
}

/** An attempt under way. */
interface Attempt {
  readonly replica: Replica;
  readonly startedAt: number;
  readonly sent: Sent;
}

/** One call to another process: its attempts, one after the other, until an answer, deadline or cancel. */
export class RemoteCall implements Due {
  deadline = Number.POSITIVE_INFINITY;
  nextDue: Due | undefined = undefined;
  previousDue: Due | undefined = undefined;
  slot = -1;

  readonly #around: CallSurroundings;
  readonly #made: MadeCall;
  readonly #cancellation = new Cancellation();
  readonly #tried: Replica[] = [];
  #attempt: Attempt | undefined;
  #attempts = 0;
  #paidRepeats = 0;
  #hadFreeRepeat = false;
  /** What the call ends with unless an answer comes: what is not known outweighs what is. */
  #standing: Failure | undefined;
  #settled = false;
  #pause: Timer | undefined;
  #stopListening: (() => void) | undefined;
  #resolve: (value: unknown) => void = () => {};
  #reject: (failure: Failure) => void = () => {};

  constructor(around: CallSurroundings, made: MadeCall) {
    this.#around = around;
    this.#made = made;
  }

  run(): Promise<unknown> {
    const { operation, call } = this.#made;
    const { host, wheel, counts } = this.#around;
    const now = host.clock.monotonic();
    this.deadline = toDeadline(now, call.deadline, operation.timeoutMs);
    const refusal = this.#refuse(now);
    if (refusal) {
      counts.failed[refusal.class] = (counts.failed[refusal.class] ?? 0) + 1;
      return Promise.reject(refusal);
    }
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      wheel.add(this);
      this.#stopListening = call.cancellation.onCancel((reason) => this.#giveUp(reason));
      this.#try();
    });
  }

  onDue(): void {
    // Between two attempts it is known how the last one ended.
    if (this.#attempt === undefined && this.#standing) this.#endWith(this.#standing);
    else this.#giveUp(tookTooLong(), { isDue: true });
  }

  /** Why nothing is to be sent. Without a failure, the call has its place in the bulkhead. */
  #refuse(now: number): Failure | undefined {
    const { operation, call } = this.#made;
    const { bulkhead, throttle } = this.#around;
    if (call.cancellation.reason) return call.cancellation.reason;
    if (this.deadline - now < REMAINING_MIN_MS) return outOfTime();
    const crowded = operation.waits ? undefined : bulkhead.enter(call.criticality);
    if (crowded) return crowded;
    const throttled = throttle.refuse(call.criticality);
    if (throttled && !operation.waits) bulkhead.leave();
    return throttled;
  }

  #try(): void {
    if (this.#settled) return;
    const { operation, input, call } = this.#made;
    const { balancer, throttle, host, counts } = this.#around;
    const replicas = this.#around.replicas();
    const replica = balancer.choose(replicas, { operation, tried: this.#tried });
    this.#attempts++;
    if (this.#attempts > 1) counts.retried++;
    if (!replica) {
      this.#repeatOrEnd(nobody(operation, replicas));
      return;
    }
    counts.sent++;
    const sent = throttle.sent(call.criticality);
    const attempt: Attempt = { replica, startedAt: host.clock.monotonic(), sent };
    this.#attempt = attempt;
    this.#tried.push(replica);
    balancer.recordOf(replica).began();
    const answer = send(replica, operation, { input, call: this.#callOf(call) });
    answer.then(
      (value) => this.#succeed(attempt, value),
      (thrown: unknown) => this.#fail(attempt, toCallers(Failure.from(thrown))),
    );
  }

  /** What the replica is called with: this call's own time and cancellation, and which attempt it is. */
  #callOf(call: Call): Call {
    const { deadline } = this;
    const attempt = Math.max(call.attempt, this.#attempts);
    return { ...call, deadline, cancellation: this.#cancellation, attempt };
  }

  #succeed(attempt: Attempt, value: unknown): void {
    if (this.#attempt !== attempt) return;
    const { throttle, budget, counts } = this.#around;
    throttle.answered(attempt.sent, true);
    this.#endAttempt(attempt, { kind: 'answered' });
    budget.earn();
    counts.succeeded++;
    this.#end();
    this.#resolve(value);
  }

  #fail(attempt: Attempt, failure: Failure): void {
    if (this.#attempt !== attempt) return;
    const { throttle } = this.#around;
    if (failure.class === 'NOT_SENT') throttle.recall(attempt.sent);
    else throttle.answered(attempt.sent, isAccepted(failure));
    this.#endAttempt(attempt, this.#toEnd(failure));
    this.#repeatOrEnd(failure);
  }

  #toEnd(failure: Failure): AttemptEnd {
    if (failure.class === 'APP' || failure.class === 'REJECTED') return { kind: 'answered' };
    const isUnanswered = this.#around.host.clock.monotonic() >= this.deadline;
    return { kind: 'failed', failure, isUnanswered };
  }

  #repeatOrEnd(failure: Failure): void {
    this.#standing = outweigh(this.#standing, failure);
    const { policies, host, budget } = this.#around;
    const { operation, call } = this.#made;
    const plan = planRepeat(
      failure,
      {
        ...{ operation, key: call.key, attempt: call.attempt, made: this.#attempts },
        ...{ paid: this.#paidRepeats, hadFreeRepeat: this.#hadFreeRepeat },
      },
      { policy: policies.retry, random: host.random },
    );
    const now = host.clock.monotonic();
    const isInTime = plan && now + plan.delayMs + REMAINING_MIN_MS <= this.deadline;
    if (!plan || !isInTime || (!plan.isFree && !budget.spend())) {
      this.#endWith(this.#standing);
      return;
    }
    if (plan.isFree) this.#hadFreeRepeat = true;
    else this.#paidRepeats++;
    if (plan.delayMs === 0) this.#try();
    else this.#pause = host.timers.after(plan.delayMs, () => this.#try(), { background: true });
  }

  /** The caller waits no longer: neither does whoever works for it. */
  #giveUp(reason: Failure, { isDue = false } = {}): void {
    if (this.#settled) return;
    const attempt = this.#attempt;
    if (attempt) {
      // That callers give up says nothing about the service; that it did not answer in time does.
      this.#around.throttle.answered(attempt.sent, !isDue);
      const failed = { kind: 'failed', failure: reason, isUnanswered: true } as const;
      this.#endAttempt(attempt, isDue ? failed : { kind: 'given-up' });
    }
    this.#endWith(reason);
    this.#cancellation.cancel(reason);
  }

  #endAttempt({ replica, startedAt }: Attempt, end: AttemptEnd): void {
    this.#attempt = undefined;
    const { host, balancer, counts } = this.#around;
    const { operation } = this.#made;
    const tookMs = host.clock.monotonic() - startedAt;
    const isConnected = replica.state === 'ready' || replica.state === 'draining';
    const ended = { operation, tookMs, isConnected, end };
    if (balancer.recordOf(replica).ended(ended)) counts.ejected++;
  }

  #endWith(failure: Failure): void {
    const { failed } = this.#around.counts;
    failed[failure.class] = (failed[failure.class] ?? 0) + 1;
    this.#end();
    this.#reject(failure);
  }

  #end(): void {
    this.#settled = true;
    const { wheel, bulkhead } = this.#around;
    if (this.slot >= 0) wheel.remove(this);
    this.#pause?.cancel();
    this.#stopListening?.();
    if (!this.#made.operation.waits) bulkhead.leave();
  }
}

interface SentCall {
  readonly input: unknown;
  readonly call: Call;
}

/** A replica that breaks its promise and throws must not break ours. */
function send(replica: Replica, operation: Operation, { input, call }: SentCall) {
  try {
    return replica.call(operation, input, call);
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}

/** Here nobody has given up: it is the callee that ended, with the call under way. */
function toCallers(failure: Failure): Failure {
  if (failure.class !== 'CANCELLED') return failure;
  return new Failure('UNAVAILABLE', 'unavailable', 'The replica stopped before it had answered.');
}

/** Whether the service took the call on, whatever came of it. */
function isAccepted({ class: failureClass }: Failure): boolean {
  return !['OVERLOADED', 'DEADLINE', 'UNAVAILABLE'].includes(failureClass);
}

/**
 * Which of two failures the caller learns. After an attempt that may have run, only the contract's own
 * answer to a repetition tells what happened: another refusal does not.
 */
function outweigh(standing: Failure | undefined, failure: Failure): Failure {
  if (standing === undefined) return failure;
  if (failure.class === 'APP') return failure;
  if (isUnknown(standing)) return standing;
  return isUnknown(failure) || failure.class === 'REJECTED' ? failure : standing;
}

function isUnknown({ class: failureClass, details }: Failure): boolean {
  if (failureClass === 'DEADLINE') return details.started !== false;
  return ['UNAVAILABLE', 'CANCELLED', 'BUG'].includes(failureClass);
}

function nobody({ id, api }: Operation, replicas: readonly Replica[]): Failure {
  if (replicas.some(({ state }) => state === 'ready')) {
    return new Failure('REFUSED', 'version', `No replica of "${api}" has ${id}.`);
  }
  return new Failure('NOT_SENT', 'not-sent', `No replica of "${api}" can be reached.`);
}
