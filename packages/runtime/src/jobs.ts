import type { Timer } from '@portico/host';
import { parsePeriod } from '@portico/service';
import { type BackgroundRun, runInBackground } from './background.ts';
import type { PlacedRoutes } from './routes.ts';

type Work = (context: never) => Promise<void>;

/** Periodic work that is under way. */
export interface Jobs {
  /** No tick fires any more; runs under way are told to end. Resolves when they have. */
  stop(): Promise<void>;
}

/** Starts what a service does `every` so often. The first run is one period after the start. */
export function startJobs(placed: PlacedRoutes): Jobs {
  const jobs = Object.entries(placed.placement.service.spec.every ?? {}).map(([period, work]) =>
    startJob(placed, { periodMs: parsePeriod(period), period, work: work as Work }),
  );
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

interface JobSpec {
  readonly period: string;
  readonly periodMs: number;
  readonly work: Work;
}

/** One run at a time; ticks that pass meanwhile, or while the process was stalled, count as one. */
function startJob(placed: PlacedRoutes, { period, periodMs, work }: JobSpec): Jobs {
  const { host } = placed.placement.around;
  let dueAt = host.clock.monotonic();
  let timer: Timer | undefined;
  let running: BackgroundRun | undefined;
  let stopped = false;

  const schedule = () => {
    if (stopped) return;
    const now = host.clock.monotonic();
    const missed = Math.floor(Math.max(0, now - dueAt) / periodMs);
    dueAt += (missed + 1) * periodMs;
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
