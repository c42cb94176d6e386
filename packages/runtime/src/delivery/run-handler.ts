import { Failure } from '@portico/contract';
import type { HeardEvent } from '@portico/service';
import { CursorMoved, type LoggedEvent } from '@portico/store/spi';
import { Invocation } from '../invocation.ts';
import type { PlacedRoutes } from '../routes.ts';
import { parseTraceparent } from '../trace.ts';
import type { Delivery } from './delivery.ts';
import type { HeardTopic } from './hearing.ts';

/** One run of a handler. */
export interface HandlerRun {
  readonly placed: PlacedRoutes;
  readonly heard: HeardTopic;
  /** At least one; several where the handler is one of batches. */
  readonly events: readonly LoggedEvent[];
  /** What calls derive their keys from: `<consumer>:<generation>:<event id>`. Batches have none. */
  readonly runKey: string;
  readonly settle: Delivery['settle'];
}

/**
 * Runs the handler of events as the service itself, and makes sure that a transaction has noted the
 * events when it succeeds: the handler's own, else one of the platform's.
 *
 * @returns what went wrong, `undefined` when nothing did.
 * @throws {CursorMoved} when somebody else has handled an event.
 */
export async function runHandler(run: HandlerRun): Promise<unknown> {
  const { placed, heard, events, runKey, settle } = run;
  const { placement } = placed;
  const { store, around } = placement;
  if (!store) throw new Error(`"${placement.name}" hears events, so it needs a store.`);
  const { given, traceparent } = readAll(heard, events);
  const eventId = heard.isBatched ? undefined : given[0]?.id;
  const delivery: Delivery = { eventId, begun: false, settled: false, settle };
  const invocation = new Invocation(placement, undefined, undefined);
  invocation.caller = placement.self;
  invocation.deadline = around.host.clock.monotonic() + around.timings.eventTimeoutMs;
  invocation.callerTrace = parseTraceparent(traceparent);
  invocation.delivery = delivery;
  // Events that came together may come apart when they are repeated: nothing to derive keys from.
  invocation.derivedBase = heard.isBatched ? undefined : runKey;
  const problem = await attempt(invocation, () =>
    heard.handle(given, placed.createContext(invocation)),
  );
  if (problem instanceof CursorMoved) throw problem;
  if (delivery.settled) {
    const fields = { event: given[0]?.id, topic: heard.topic, err: problem };
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

/** The events as handlers get them; the trace is that of the first. */
function readAll(heard: HeardTopic, events: readonly LoggedEvent[]) {
  let traceparent: string | undefined;
  const given = events.map((event): HeardEvent<unknown> => {
    const { id, key, at } = event;
    const data = heard.read(event);
    traceparent ??= data.traceparent;
    return { id, key, at, payload: data.payload };
  });
  return { given, traceparent };
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
