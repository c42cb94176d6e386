import { Failure } from '@portico/contract';
import type { Caller } from '@portico/service';
import { Invocation } from './invocation.ts';
import type { PlacedRoutes } from './routes.ts';

/** The longest that a job or hook may run. */
export const BACKGROUND_TIMEOUT_MS = 60_000;

type Work = (context: never) => Promise<void>;

/** A job or hook under way. */
export interface BackgroundRun {
  /** Resolves when its work has really ended, however. `undefined` when it went well. */
  readonly ended: Promise<unknown>;
  cancel(): void;
}

/**
 * Runs a job or hook of a service, as the service itself: `service:<name>`, without permissions.
 * Failures are values here; it is for whoever starts it to log or to stop.
 */
export function runInBackground(placed: PlacedRoutes, work: Work): BackgroundRun {
  const { placement } = placed;
  const invocation = new Invocation(placement, undefined, undefined);
  invocation.caller = serviceCaller(placement.name);
  invocation.deadline = placement.around.host.clock.monotonic() + BACKGROUND_TIMEOUT_MS;
  invocation.begin();
  const context = placed.createContext(invocation) as never;
  // The handler's own end is awaited, not the deadline: one that ignores it must not overlap itself.
  const ended = attempt(work, context).then((thrown) => {
    const problem = thrown ?? invocation.mistake ?? invocation.reason;
    if (problem === undefined) invocation.succeed(undefined);
    else invocation.cancel(Failure.from(problem));
    return problem;
  });
  const cancel = () => {
    invocation.cancel(new Failure('CANCELLED', 'draining', 'The process is about to stop.'));
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

/** The caller that a service is when nobody has called it. */
export function serviceCaller(name: string): Caller {
  const permissions: ReadonlySet<string> = new Set();
  return Object.freeze({ subject: `service:${name}`, permissions, via: 'service' });
}
