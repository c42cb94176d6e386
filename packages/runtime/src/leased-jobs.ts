import { Failure } from '@portico/contract';
import type { Clock } from '@portico/host';
import type { JobState, OpenStore, OwnLease } from '@portico/store/spi';
import { type BackgroundRun, runInBackground } from './background.ts';
import { createWaker } from './delivery/waker.ts';
import { type JobSpec, type Jobs, nextDue } from './job-spec.ts';
import { createLeaseKeeper, type LeaseKeeper } from './lease-keeper.ts';
import type { PlacedRoutes } from './routes.ts';

/** The lease on the jobs of one service: one replica runs them. */
const LEASE = 'jobs';
/** What the beginning of a run may wait for the store. */
const BEGIN_MS = 5_000;

/** A job of the replica that holds the lease. */
interface LeasedJob extends JobSpec {
  /** Runs begun, as last seen. */
  tick: number;
  /** On the monotonic clock; `undefined` until this replica has the lease. */
  dueAt: number | undefined;
  running: BackgroundRun | undefined;
}

/**
 * Runs the jobs of a service with a store, in the replica that holds their lease. When they are due is kept in
 * the store, so that neither restarts nor a change of hands add or lose runs; between two runs the holder's
 * monotonic clock counts. A run that has begun is not repeated when its process dies: the next tick is
 * another run. Its transactions commit only while the lease is its own.
 */
export function startLeasedJobs(
  placed: PlacedRoutes,
  store: OpenStore,
  specs: readonly JobSpec[],
): Jobs {
  const { placement } = placed;
  const { host, timings, holder } = placement.around;
  const waker = createWaker(host);
  const keeper = createLeaseKeeper({ ...{ name: LEASE, holder, store, host, timings } });
  const jobs = specs.map(
    (spec): LeasedJob => ({ ...spec, tick: 0, dueAt: undefined, running: undefined }),
  );
  const runner: JobRunner = { placed, store, keeper, stopped: false, wake: () => waker.wake() };
  let fence: number | undefined;
  let keepAt = host.clock.monotonic();

  const keep = async () => {
    keepAt = host.clock.monotonic() + timings.leaseLookMs;
    await keeper.keep();
    const lease = keeper.held;
    if (lease) keepAt = host.clock.monotonic() + timings.leaseRenewMs;
    if (lease?.fence === fence) return;
    fence = lease?.fence;
    // Others may run them by now; what is under way here must not go on beside that.
    for (const job of jobs) {
      job.dueAt = undefined;
      job.running?.cancel(lost());
    }
  };
  const turn = async () => {
    if (host.clock.monotonic() >= keepAt) await keep();
    const lease = keeper.held;
    if (!lease) return;
    for (const job of jobs) {
      if (job.dueAt === undefined) await plan(runner, job);
      const isDue = job.dueAt !== undefined && job.dueAt <= host.clock.monotonic();
      if (isDue && !job.running && !runner.stopped) await begin(runner, job, lease);
    }
  };
  const run = async () => {
    while (!runner.stopped) {
      try {
        await turn();
      } catch (err) {
        placement.log.warn({ err }, 'Jobs could not be begun; it is tried again.');
        // Nobody knows whether a run was noted as begun: the store does.
        for (const job of jobs) if (!job.running) job.dueAt = undefined;
        if (!runner.stopped) await waker.pause(timings.leaseLookMs);
      }
      const waiting = jobs.filter(({ running }) => !running && keeper.held);
      const nextAt = Math.min(keepAt, ...waiting.map(({ dueAt = keepAt }) => dueAt));
      if (!runner.stopped) await waker.pause(Math.max(0, nextAt - host.clock.monotonic()));
    }
  };
  const ended = run();
  return {
    async stop() {
      runner.stopped = true;
      waker.wake();
      const running = jobs.flatMap((job) => job.running ?? []);
      for (const one of running) one.cancel();
      await Promise.all([ended, ...running.map((one) => one.ended)]);
      try {
        await keeper.release();
      } catch (err) {
        placement.log.warn({ err }, 'The lease on jobs could not be handed back.');
      }
    },
  };
}

interface JobRunner {
  readonly placed: PlacedRoutes;
  readonly store: OpenStore;
  readonly keeper: LeaseKeeper;
  stopped: boolean;
  wake(): void;
}

function lost(): Failure {
  return new Failure('CANCELLED', 'lease-lost', 'Another process runs the jobs.');
}

/**
 * Notes when jobs that are new are due for the first time, which is one period from now. Needs no lease: of several
 * replicas that start together, the first one's time stays.
 */
export async function planLeasedJobs(
  clock: Clock,
  store: OpenStore,
  specs: readonly JobSpec[],
): Promise<void> {
  for (const spec of specs) await findOrPlan(clock, store, spec);
}

async function findOrPlan(
  clock: Clock,
  store: OpenStore,
  { period, periodMs }: JobSpec,
): Promise<JobState> {
  const known = await store.jobs.find(period);
  if (known) return known;
  const first = { tick: 0, dueAt: clock.now() + periodMs };
  const options = { deadline: clock.monotonic() + BEGIN_MS };
  await store.transaction((tx) => tx.jobs.plan(period, first.dueAt), options);
  return first;
}

/** Learns from the store when a job is due. */
async function plan({ placed, store }: JobRunner, job: LeasedJob): Promise<void> {
  const { clock } = placed.placement.around.host;
  const { periodMs } = job;
  const state = await findOrPlan(clock, store, job);
  // Further away than a period it was planned by a clock that was ahead, or ours is behind.
  const leftMs = Math.min(periodMs, Math.max(0, state.dueAt - clock.now()));
  job.tick = state.tick;
  job.dueAt = clock.monotonic() + leftMs;
}

/** Commits that a run has begun, then runs it. */
async function begin(runner: JobRunner, job: LeasedJob, lease: OwnLease): Promise<void> {
  const { placed, store, keeper } = runner;
  const { clock } = placed.placement.around.host;
  const { period, periodMs, tick, dueAt = 0 } = job;
  const now = clock.monotonic();
  const next = nextDue(dueAt, periodMs, now);
  await store.transaction(
    async (tx) => {
      await keeper.assertHeld(tx, lease);
      await tx.jobs.begin(period, { tick, dueAt: Math.round(clock.now() + next - now) });
    },
    { deadline: now + BEGIN_MS },
  );
  job.tick = tick + 1;
  job.dueAt = next;
  const running = runInBackground(placed, job.work, (tx) => keeper.assertHeld(tx, lease));
  job.running = running;
  void running.ended.then((err) => {
    job.running = undefined;
    const { log } = placed.placement;
    if (err !== undefined && !runner.stopped)
      log.error({ every: period, tick: tick + 1, err }, 'A job failed.');
    // What it missed while it ran is one tick, and not at once.
    const endedAt = clock.monotonic();
    if (job.dueAt !== undefined && job.dueAt <= endedAt) {
      job.dueAt = nextDue(job.dueAt, periodMs, endedAt);
    }
    runner.wake();
  });
}
