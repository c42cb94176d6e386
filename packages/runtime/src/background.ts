import { Failure } from '@portico/contract';
import type { StoreTransaction } from '@portico/store/spi';
import { Invocation } from './invocation.ts';
import type { PlacedRoutes } from './routes.ts';

type Work = (context: never) => Promise<void>;

/** A job or hook under way. */
export interface BackgroundRun {
  /** Resolves when its work has really ended, however. `undefined` when it went well. */
  readonly ended: Promise<unknown>;
  /** Tells it to end; why, unless the process is about to stop. */
  cancel(reason?: Failure): void;
}

/**
 * Runs a job or hook of a service, as the service itself: `service:<name>`, without permissions.
 * Failures are values here; it is for whoever starts it to log or to stop.
 *
 * @param guard Runs first in each of its transactions: what it throws undoes them.
 */
export function runInBackground(
  placed: PlacedRoutes,
  work: Work,
  guard?: (transaction: StoreTransaction) => Promise<void>,
): BackgroundRun {
  const { placement } = placed;
  const { host, timings } = placement.around;
  const invocation = new Invocation(placement, undefined, undefined);
  invocation.caller = placement.self;
  invocation.deadline = host.clock.monotonic() + timings.jobTimeoutMs;
  invocation.guard = guard;
  invocation.begin();
  const context = placed.createContext(invocation) as never;
  // The handler's own end is awaited, not the deadline: one that ignores it must not overlap itself.
  const ended = attempt(work, context).then((thrown) => {
    const problem = thrown ?? invocation.mistake ?? invocation.reason;
    if (problem === undefined) invocation.succeed(undefined);
    else invocation.cancel(Failure.from(problem));
    return problem;
  });
  const cancel = (reason?: Failure) => {
    const stopping = () => new Failure('CANCELLED', 'draining', 'The process is about to stop.');
    invocation.cancel(reason ?? stopping());
  };
  return { ended, cancel };
}

async function attempt(work: Work, context: never): Promise<unknown> {
  try {
    await work(context);
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('Nothing was thrown.');
  }
}
