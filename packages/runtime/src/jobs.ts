import type { Timer } from '@portico/host';
import { parsePeriod } from '@portico/service';
import { type BackgroundRun, runInBackground } from './background.ts';
import { type JobSpec, type Jobs, nextDue } from './job-spec.ts';
import { planLeasedJobs, startLeasedJobs } from './leased-jobs.ts';
import type { Placement } from './placement.ts';
import type { PlacedRoutes } from './routes.ts';

/**
 * Notes when the jobs of a service that is new are due, in a process that cannot begin them yet: from then on it does
 * not matter when it can, or whether it lives that long.
 */
export async function planJobs({ placement }: PlacedRoutes): Promise<void> {
  const { store, around, log } = placement;
  if (!store) return;
  try {
    await planLeasedJobs(around.host.clock, store, readSpecs(placement));
  } catch (err) {
    log.warn({ err }, 'Jobs could not be planned; it is tried again when they begin.');
  }
}

/**
 * Starts what a service does `every` so often. A service with a store does it in one of its replicas, once
 * per tick over all of them; one without does it in each.
 */
export function startJobs(placed: PlacedRoutes): Jobs {
  const { store } = placed.placement;
  const specs = readSpecs(placed.placement);
  if (store && specs.length > 0) return startLeasedJobs(placed, store, specs);
  const jobs = specs.map((spec) => startJob(placed, spec));
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function readSpecs({ service }: Placement): readonly JobSpec[] {
  return Object.entries(service.spec.every ?? {}).map(([period, work]) => ({
    period,
    periodMs: parsePeriod(period),
    work: work as JobSpec['work'],
  }));
}

/** One run at a time. The first is one period after the start. */
function startJob(placed: PlacedRoutes, { period, periodMs, work }: JobSpec): Jobs {
  const { host } = placed.placement.around;
  let dueAt = host.clock.monotonic();
  let timer: Timer | undefined;
  let running: BackgroundRun | undefined;
  let stopped = false;

  const schedule = () => {
    if (stopped) return;
    const now = host.clock.monotonic();
    dueAt = nextDue(dueAt, periodMs, now);
    timer = host.timers.after(dueAt - now, tick, { background: true });
  };
  const tick = async () => {
    running = runInBackground(placed, work);
    const problem = await running.ended;
    running = undefined;
    if (problem !== undefined && !stopped) {
      placed.placement.log.error({ every: period, err: problem }, 'A job failed.');
    }
    schedule();
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      running?.cancel();
      await running?.ended;
    },
  };
}
