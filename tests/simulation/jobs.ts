import assert from 'node:assert/strict';
import type { Simulation, Workload } from '@portico/testing';
import { createTicker, PERIOD_MS, Ticker, type TickerMood } from './jobs-service.ts';

/** In calm weather so many ticks are looked at. */
const TICKS = 8;
/** Timers may be this late, and starts of runs may wait for the store. */
const SLACK_MS = 500;

interface Run {
  readonly process: object;
  readonly at: number;
}

/**
 * A job that runs each 2 s over several replicas of one service, and counts. No number is counted twice or
 * left out, whoever stalls, dies or has a wrong clock; and in calm weather one replica runs it, on each tick.
 */
export const jobsWorkload: Workload = {
  name: 'jobs',
  create(draw, size) {
    const runs: Run[] = [];
    let time = () => 0;
    const mood: TickerMood = {
      workMs: draw.pick([10, 500, 5_000, 20_000]),
      begun: (process) => runs.push({ process, at: time() }),
    };
    return {
      options: {
        system: { name: 'jobs', services: (outside) => [createTicker(mood, outside)] },
        replicas: draw.pick([1, 2, 2, 3]),
      },
      async run(simulation) {
        time = simulation.host.clock.monotonic;
        await simulation.sleep(size * PERIOD_MS * draw.int(1, 3));
      },
      async check(simulation) {
        const workMs = mood.workMs;
        mood.workMs = 10;
        // The run that is under way, then a lease that has to be waited for, then the next tick.
        const { leaseMs, leaseLookMs } = simulation.knobs.timings;
        await simulation.sleep(workMs + leaseMs + 2 * leaseLookMs + 2 * PERIOD_MS);
        await checkCalm(simulation, runs);
        const ticker = simulation.client(Ticker, 'checker', { persistent: true });
        const { numbers } = await ticker.list(undefined);
        const expected = numbers.map((_, index) => index + 1);
        assert.deepEqual(numbers, expected, 'the numbers that were counted');
        assert(numbers.length >= TICKS, 'the job has counted');
      },
    };
  },
};

async function checkCalm({ host, sleep }: Simulation, runs: readonly Run[]): Promise<void> {
  const { clock } = host;
  const from = clock.monotonic();
  await sleep(TICKS * PERIOD_MS);
  const calm = runs.filter(({ at }) => at >= from);
  const isNear = Math.abs(calm.length - TICKS) <= 1;
  assert(isNear, `${calm.length} runs in ${TICKS} ticks of calm weather`);
  const processes = new Set(calm.map(({ process }) => process));
  assert.equal(processes.size, 1, 'the processes that run the job in calm weather');
  for (const [index, { at }] of calm.entries()) {
    const before = calm[index - 1];
    if (!before) continue;
    const pauseMs = at - before.at;
    assert(Math.abs(pauseMs - PERIOD_MS) <= SLACK_MS, `${pauseMs} ms between two runs`);
  }
}
