import { Failure } from '@portico/contract';
import { CursorMoved, type LoggedEvent } from '@portico/store/spi';
import { serviceCaller } from '../background.ts';
import { Invocation } from '../invocation.ts';
import type { PlacedRoutes } from '../routes.ts';
import { parseTraceparent } from '../trace.ts';
import type { Delivery } from './delivery.ts';
import type { HeardTopic } from './hearing.ts';

/** The longest that a handler may take with an event. */
export const EVENT_TIMEOUT_MS = 30_000;

/** One run of a handler. */
export interface HandlerRun {
  readonly placed: PlacedRoutes;
  readonly heard: HeardTopic;
  readonly event: LoggedEvent;
  /** What calls derive their keys from: `<consumer>:<generation>:<event id>`. */
  readonly runKey: string;
  readonly settle: Delivery['settle'];
}

/**
 * Runs the handler of an event as the service itself, and makes sure that a transaction has noted the
 * event when it succeeds: the handler's own, else one of the platform's.
 *
 * @returns what went wrong, `undefined` when nothing did.
 * @throws {CursorMoved} when somebody else has handled the event.
 */
export async function runHandler(run: HandlerRun): Promise<unknown> {
  const { placed, heard, event, runKey, settle } = run;
  const { placement } = placed;
  const { store, around } = placement;
  if (!store) throw new Error(`"${placement.name}" hears events, so it needs a store.`);
  const { payload, traceparent } = heard.read(event);
  const delivery: Delivery = { eventId: event.id, begun: false, settled: false, settle };
  const invocation = new Invocation(placement, undefined, undefined);
  invocation.caller = serviceCaller(placement.name);
  invocation.deadline = around.host.clock.monotonic() + EVENT_TIMEOUT_MS;
  invocation.callerTrace = parseTraceparent(traceparent);
  invocation.delivery = delivery;
  invocation.derivedBase = runKey;
  const { id, key, at } = event;
  const problem = await attempt(invocation, () =>
    heard.handle({ id, key, at, payload }, placed.createContext(invocation)),
  );
  if (problem instanceof CursorMoved) throw problem;
  if (delivery.settled) {
    const fields = { event: id, topic: event.topic, err: problem };
    const message = 'A handler failed after its transaction had committed; its event is handled.';
    if (problem !== undefined) placement.log.error(fields, message);
    return undefined;
  }
  if (problem !== undefined) return problem;
  try {
    await store.transaction(settle, { deadline: invocation.deadline });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CursorMoved) throw thrown;
    return thrown;
  }
}

/** Runs `work` to its end, but not beyond the invocation's. What went wrong is a value. */
function attempt(invocation: Invocation, work: () => Promise<void>): Promise<unknown> {
  return new Promise((resolve) => {
    // Past its deadline, or cancelled by a drain: it is left behind; its transaction can't begin any more.
    invocation.reject = resolve;
    invocation.resolve = resolve;
    invocation.begin();
    const fail = (thrown: unknown) => {
      const problem = invocation.mistake ?? thrown ?? new Error('Nothing was thrown.');
      // Resolved first: the failure that ends the calls it left open is not the one to keep.
      resolve(invocation.reason ?? problem);
      invocation.cancel(Failure.from(problem));
    };
    const succeed = () => {
      try {
        if (invocation.settled) return;
        invocation.complete(undefined);
        resolve(undefined);
      } catch (thrown) {
        fail(thrown);
      }
    };
    try {
      Promise.resolve(work()).then(succeed, fail);
    } catch (thrown) {
      fail(thrown);
    }
  });
}
