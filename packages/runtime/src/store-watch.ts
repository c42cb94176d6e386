import type { Timer } from '@portico/host';
import type { RetainDays } from '@portico/store/spi';
import type { Placement } from './placement.ts';

/** How often a store is asked whether it can serve. */
const CHECK_MS = 1000;
/** One slow answer is no outage; three in a row are. */
const MISSES_MAX = 3;
/** A store that comes back has to mean it. */
const HITS_MIN = 2;
/** How often what has been kept long enough is removed. */
const SWEEP_MS = 60_000;

/** Looks after a store: whether it serves, and what may be removed from it. */
export interface StoreWatch {
  stop(): void;
}

/** Watches the store of a service, if it has one; `placement.storeProblem` says what was found. */
export function watchStore(placement: Placement): StoreWatch {
  const { store, around, log } = placement;
  if (!store) return { stop: () => {} };
  const { clock } = around.host;
  const retained = retainedDays(placement);
  let misses = 0;
  let hits = 0;
  const check = async () => {
    try {
      await store.check();
      misses = 0;
      hits++;
      if (placement.storeProblem === undefined || hits < HITS_MIN) return;
      placement.storeProblem = undefined;
      log.info({}, 'The store serves again.');
    } catch (problem) {
      hits = 0;
      misses++;
      if (placement.storeProblem !== undefined || misses < MISSES_MAX) return;
      placement.storeProblem = 'its store does not answer';
      log.error({ err: problem }, 'The store does not answer; the service is not ready.');
    }
  };
  const sweep = async () => {
    try {
      const { dropped } = await store.sweep(clock.now(), retained);
      if (dropped.length > 0) log.error({ dropped }, 'Events are not kept for silent consumers.');
    } catch (problem) {
      log.warn({ err: problem }, 'The store could not be swept; it is tried again.');
    }
  };
  const stops = [repeat(placement, CHECK_MS, check), repeat(placement, SWEEP_MS, sweep)];
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** By topic, the days that its events are kept beyond the default. */
function retainedDays({ service }: Placement): RetainDays {
  const events = Object.values(service.api.events);
  return Object.fromEntries(
    events.flatMap(({ id, retainDays }) => (retainDays === undefined ? [] : [[id, retainDays]])),
  );
}

/** Runs `work` again a period after it has ended, until stopped. */
function repeat({ around }: Placement, periodMs: number, work: () => Promise<void>): () => void {
  let stopped = false;
  let timer: Timer | undefined;
  const schedule = () => {
    if (stopped) return;
    const run = () => void work().then(schedule, schedule);
    timer = around.host.timers.after(periodMs, run, { background: true });
  };
  schedule();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
