import { Failure } from '@portico/contract';
import type { Entry } from './entry.ts';
import { reportBug } from './failures.ts';
import type { Invocation } from './invocation.ts';
import { assertPermitted } from './permissions.ts';

/** What a callee leaves of the caller's time, so that the answer can still be used. */
const RESERVE_MS = 10;
/** With less than this left a call is not worth beginning. */
const REMAINING_MIN_MS = 5;

/** The rest of a call once its input is checked: policies around a handler are functions from one to the next. */
export type Execute = (input: unknown, invocation: Invocation) => unknown;

/** An operation with what runs it. */
export interface Route {
  readonly entry: Entry;
  readonly execute: Execute;
}

/** The time that a caller grants. */
export interface Allowance {
  /** When the caller itself must answer. */
  readonly parentDeadline: number;
  /** What this call may take. */
  readonly timeoutMs: number;
}

/**
 * The way of a call through this process, the same for every binding and every caller: placed and
 * ready, time left, permission, validation and copy, handler with its policies, check and copy of the
 * answer.
 *
 * @throws {Failure} (as a rejection) and nothing else.
 */
export function run(
  { entry, execute }: Route,
  invocation: Invocation,
  { input, parentDeadline, timeoutMs }: Allowance & { readonly input: unknown },
): Promise<unknown> {
  try {
    if (!entry.placement.serving) throw refuse(entry);
    const now = entry.placement.around.host.clock.monotonic();
    const deadline = Math.min(now + timeoutMs, parentDeadline - RESERVE_MS);
    if (deadline - now < REMAINING_MIN_MS) throw outOfTime();
    invocation.deadline = deadline;
    assertPermitted(entry.operation, invocation.caller);
    const copy = entry.copyInput(input, invocation.caller);
    invocation.begin();
    const result = execute(copy, invocation);
    if (!isPromiseLike(result)) return Promise.resolve(invocation.complete(result));
    if (invocation.settled) return discard(result, invocation);
    return new Promise((resolve, reject) => {
      invocation.resolve = resolve;
      invocation.reject = reject;
      result.then(
        (value) => invocation.succeed(value),
        (thrown) => invocation.fail(thrown),
      );
    });
  } catch (thrown) {
    return Promise.reject(failed(invocation, thrown));
  }
}

/** Before the handler began the failure is the platform's own, and passes as it is. */
function failed(invocation: Invocation, thrown: unknown): Failure {
  if (invocation.started) return invocation.conclude(thrown);
  invocation.onEnd?.();
  const failure = thrown instanceof Failure ? thrown : reportBug(thrown, invocation);
  if (invocation.parent) invocation.placement.around.foreign.add(failure);
  return failure;
}

/** Cancelled while its handler was still in its first, synchronous part. */
function discard(result: PromiseLike<unknown>, invocation: Invocation): Promise<unknown> {
  result.then(undefined, () => {});
  return Promise.reject(invocation.reason);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
  );
}

function refuse({ placement }: Entry): Failure {
  const { name, phase } = placement;
  if (phase === 'stopped') return new Failure('REFUSED', 'draining', `"${name}" has stopped.`);
  return new Failure('REFUSED', 'not-ready', `"${name}" is not ready.`);
}

/** The failure of a call that never began for lack of time. */
export function outOfTime(): Failure {
  return new Failure('DEADLINE', 'deadline', 'No time was left to begin the call.', {
    started: false,
  });
}
