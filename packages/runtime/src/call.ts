import { Failure } from '@portico/contract';
import type { Entry } from './entry.ts';
import { reportBug } from './failures.ts';
import type { Invocation } from './invocation.ts';
import { assertPermitted } from './permissions.ts';
import { type Allowance, outOfTime, REMAINING_MIN_MS, toDeadline } from './policies/deadline.ts';
import type { RemoteCaller } from './policies/remote-caller.ts';
import { QueuedCall } from './queued-call.ts';

/** The rest of a call once its input is checked: policies around a handler are functions from one to the next. */
export type Execute = (input: unknown, invocation: Invocation) => unknown;

/** An operation with what runs it in this process. */
export interface Route {
  readonly entry: Entry;
  readonly execute: Execute;
}

/** An operation that another process serves, with what calls it there. */
export interface RemoteRoute {
  readonly entry: undefined;
  readonly remote: RemoteCaller;
}

/**
 * The way of a call through this process, the same for every binding and every caller: placed and
 * ready, time left, a place among the calls under way, permission, validation and copy, handler with its
 * policies, check and copy of the answer.
 *
 * @throws {Failure} (as a rejection) and nothing else.
 */
export function run(
  route: Route,
  invocation: Invocation,
  { input, parentDeadline, timeoutMs }: Allowance & { readonly input: unknown },
): Promise<unknown> {
  try {
    const { entry } = route;
    const { placement, places } = entry;
    if (!placement.serving) throw refuse(entry);
    const now = placement.around.host.clock.monotonic();
    const deadline = toDeadline(now, parentDeadline, timeoutMs);
    assertTimeLeft(entry, deadline, now);
    invocation.deadline = deadline;
    invocation.begunAt = now;
    if (!places.tryEnter()) return enqueue(route, invocation, input);
    invocation.places = places;
    return handle(route, invocation, input);
  } catch (thrown) {
    return Promise.reject(failed(invocation, thrown));
  }
}

/**
 * Counts a call as one from within this process.
 * @returns why it must not be made: it has ended then.
 */
export function enterBulkhead(invocation: Invocation): Failure | undefined {
  const bulkhead = invocation.entry?.bulkhead;
  if (bulkhead === undefined) return undefined;
  const crowded = bulkhead.enter(invocation.criticality);
  if (crowded === undefined) invocation.bulkhead = bulkhead;
  else invocation.decline(crowded);
  return crowded;
}

/** @throws {Failure} `OVERLOADED`. */
function enqueue(route: Route, invocation: Invocation, input: unknown): Promise<unknown> {
  const { places } = route.entry;
  const queued = new QueuedCall(invocation, places, () => enter(route, invocation, input));
  if (places.wait(queued)) {
    invocation.places = places;
    return handle(route, invocation, input);
  }
  queued.begin();
  return queued.answer;
}

/** Handles a call that has waited for its place: perhaps for too long. */
function enter(route: Route, invocation: Invocation, input: unknown): Promise<unknown> {
  try {
    const { entry } = route;
    const now = entry.placement.around.host.clock.monotonic();
    assertTimeLeft(entry, invocation.deadline, now);
    invocation.begunAt = now;
    return handle(route, invocation, input);
  } catch (thrown) {
    return Promise.reject(failed(invocation, thrown));
  }
}

function handle({ entry, execute }: Route, invocation: Invocation, input: unknown) {
  assertPermitted(entry.operation, invocation.caller);
  const copy = entry.copyInput(input, invocation.caller);
  if (!invocation.isUnderWay) invocation.begin();
  invocation.started = true;
  const result = execute(copy, invocation);
  if (!isPromiseLike(result)) return Promise.resolve(invocation.complete(result));
  if (invocation.settled) return discard(result, invocation);
  return new Promise<unknown>((resolve, reject) => {
    invocation.resolve = resolve;
    invocation.reject = reject;
    result.then(
      (value) => invocation.succeed(value),
      (thrown) => invocation.fail(thrown),
    );
  });
}

/** @throws {Failure} when the answer would most likely come too late: the work would be for nothing. */
function assertTimeLeft({ placement, median }: Entry, deadline: number, now: number): void {
  const remainingMs = deadline - now;
  if (remainingMs >= REMAINING_MIN_MS) {
    if (median === undefined || remainingMs >= median.medianMs) return;
    // What is known may be too old by now.
    median.expire(now);
    if (remainingMs >= median.medianMs) return;
  }
  placement.gate.expired++;
  throw outOfTime();
}

/** Before the handler began the failure is the platform's own, and passes as it is. */
function failed(invocation: Invocation, thrown: unknown): Failure {
  if (invocation.started) return invocation.conclude(thrown);
  const failure = thrown instanceof Failure ? thrown : reportBug(thrown, invocation);
  invocation.decline(failure);
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
