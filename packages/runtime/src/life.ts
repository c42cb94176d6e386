import { Failure } from '@portico/contract';
import { runInBackground } from './background.ts';
import { cancelChildren } from './call-tree.ts';
import type { Deliveries } from './delivery/deliveries.ts';
import { type Health, type RuntimeState, toHealth } from './health.ts';
import type { Jobs } from './job-spec.ts';
import { planJobs, startJobs } from './jobs.ts';
import type { Placement, Surroundings } from './placement.ts';
import { type LoadWatch, watchLoad } from './policies/load-watch.ts';
import type { PlacedRoutes } from './routes.ts';
import { createSagaEngine, type SagaEngine } from './saga/saga-engine.ts';
import { assertSagaVersions } from './saga/saga-versions.ts';
import { type StoreWatch, watchStore } from './store-watch.ts';

/** How long calls under way may take to end, when nothing else is said. */
export const DRAIN_GRACE_MS = 30_000;
/** What is cancelled after that gets this long to notice. */
const CANCEL_GRACE_MS = 1000;

/** How services are started. */
export interface RuntimeStartOptions {
  /** Jobs, sagas and the delivery of events begin when this has settled; at once without it. */
  readonly backgroundAfter?: Promise<void>;
}

/** Start and end of the services of a process. */
export interface Life {
  readonly draining: boolean;
  start(options?: RuntimeStartOptions): Promise<void>;
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  health(): Health;
}

/** What lives: `placed` in the order of their dependencies. */
export interface Living {
  readonly placed: readonly PlacedRoutes[];
  readonly deliveries: Deliveries;
  readonly around: Surroundings;
}

/** Start and end of services, their jobs and the delivery of their events. */
export function createLife({ placed, deliveries, around }: Living): Life {
  const placements = placed.map(({ placement }) => placement);
  let phase: Exclude<RuntimeState, 'not-ready'> = 'starting';
  let planned: Promise<unknown> = Promise.resolve();
  let jobs: readonly Jobs[] = [];
  let watches: readonly StoreWatch[] = [];
  let sagas: readonly SagaEngine[] = [];
  let load: LoadWatch | undefined;
  let draining: Promise<void> | undefined;

  const begin = () => {
    if (phase !== 'ready') return;
    jobs = placed.map(startJobs);
    deliveries.start();
    sagas = placed.flatMap((one) => createSagaEngine(one) ?? []);
    for (const engine of sagas) engine.start();
  };
  const end = async (graceMs: number) => {
    phase = 'draining';
    // Jobs are told to end at once: they can run again elsewhere. Events and steps of sagas under way are
    // handled to their end, no more are begun. Callers are waited for.
    const delivered = Promise.all([deliveries.stop(), ...sagas.map((engine) => engine.stop())]);
    const ended = [planned, ...jobs.map((job) => job.stop()), delivered];
    await within(around, graceMs, Promise.all([...ended, idle(around, placements)]));
    for (const placement of placements) cancelChildren(placement, stopping());
    await within(around, CANCEL_GRACE_MS, Promise.all([delivered, idle(around, placements)]));
    for (const watch of watches) watch.stop();
    load?.stop();
    await stopServices([...placed].reverse());
    around.wheel.stop();
    for (const placement of [...placements].reverse()) await closeStore(placement);
    phase = 'stopped';
  };
  return {
    get draining() {
      return phase === 'draining' || phase === 'stopped';
    },
    async start({ backgroundAfter } = {}) {
      if (phase !== 'starting') throw new Error('This runtime has been started before.');
      await assertSagaVersions(placements);
      await startServices(placed);
      watches = placements.map(watchStore);
      load = watchLoad(
        around.host,
        around.gate,
        placements.map(({ gate }) => gate),
      );
      phase = 'ready';
      if (!backgroundAfter) return begin();
      planned = Promise.all(placed.map(planJobs));
      void backgroundAfter.then(begin, begin);
    },
    drain({ graceMs = DRAIN_GRACE_MS } = {}) {
      draining ??= end(graceMs);
      return draining;
    },
    health: () => toHealth(phase, placements),
  };
}

/** Opens services one after the other; when one fails, those before it are stopped again. */
async function startServices(placed: readonly PlacedRoutes[]): Promise<void> {
  for (const [index, one] of placed.entries()) {
    const { placement } = one;
    const { start } = placement.service.spec;
    const problem = start ? await runInBackground(one, start).ended : undefined;
    if (problem === undefined) {
      placement.phase = 'ready';
      continue;
    }
    await stopServices(placed.slice(0, index).reverse());
    const reason = problem instanceof Error ? problem.message : String(problem);
    throw new Error(`Cannot start "${placement.name}": ${reason}`, { cause: problem });
  }
}

/** Runs the stop hooks; one that fails stops nobody else from stopping. */
async function stopServices(placed: readonly PlacedRoutes[]): Promise<void> {
  for (const one of placed) {
    const { placement } = one;
    const { stop } = placement.service.spec;
    if (stop && placement.phase === 'ready') {
      const problem = await runInBackground(one, stop).ended;
      if (problem !== undefined) placement.log.error({ err: problem }, 'A stop hook failed.');
    }
    placement.phase = 'stopped';
  }
}

async function closeStore({ store, log }: Placement): Promise<void> {
  try {
    await store?.close();
  } catch (problem) {
    log.error({ err: problem }, 'A store could not be closed.');
  }
}

/** Resolves when no call, job or hook is under way. */
function idle(around: Surroundings, placements: readonly Placement[]): Promise<void> {
  const isIdle = () => placements.every(({ inFlight }) => inFlight === 0);
  return new Promise((resolve) => {
    around.onIdle = () => {
      if (!isIdle()) return;
      around.onIdle = undefined;
      resolve();
    };
    around.onIdle();
  });
}

/** Waits for `work`, but not longer than `delayMs`. */
function within(around: Surroundings, delayMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = around.host.timers.after(delayMs, resolve);
    const done = () => {
      timer.cancel();
      resolve();
    };
    work.then(done, done);
  });
}

function stopping(): Failure {
  return new Failure('CANCELLED', 'draining', 'The process is about to stop.');
}
