import { type Clock, createClock, createTimers, type Timers } from './clock.ts';
import { createIds, type Ids } from './ids.ts';
import { createLoadMeter, type LoadMeter } from './load-meter.ts';
import { createRandom, type Random } from './random.ts';

/** What a machine gives. One value, passed down; tests and simulations pass their own. */
export interface Host {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly ids: Ids;
  /** Starts to measure how busy the process is; stop it when nobody asks any more. */
  measureLoad(): LoadMeter;
}

/** The real machine: the process's clock and timers, and the operating system's randomness. */
export function createHost(): Host {
  const clock = createClock();
  const random = createRandom();
  return {
    clock,
    timers: createTimers(),
    random,
    ids: createIds(clock, random),
    measureLoad: createLoadMeter,
  };
}
