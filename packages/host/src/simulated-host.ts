import { assertDelay, sleepWith, type Timer, type Timers } from './clock.ts';
import type { Host } from './host.ts';
import { createIds } from './ids.ts';
import type { ProcessLoad } from './load-meter.ts';
import { createSeededRandom } from './random.ts';

/** What a simulated machine starts from. */
export interface SimulationOptions {
  /** Equal seeds give equal randomness and ids. A safe integer. */
  readonly seed: number;
  /** Unix time in ms at the start; 2026-01-01T00:00:00Z unless told. */
  readonly startAt?: number;
}

/** A machine whose time moves only when it is told to. */
export interface SimulatedHost extends Host {
  /**
   * Moves time on by `delayMs`, running every timer that becomes due in order of time, then of making,
   * and whatever promises they settle in between.
   */
  advance(delayMs: number): Promise<void>;
  /**
   * Moves time on until no timer but `background` ones is left.
   * @throws {Error} after 1,000,000 timers, which is a loop.
   */
  runUntilIdle(): Promise<void>;
  /** Sets the wall clock forward or back, as an administrator or NTP does; monotonic time goes on. */
  jump(byMs: number): void;
  /** What meters read from now on; nothing to do at first. */
  setLoad(load: Partial<ProcessLoad>): void;
}

const START_AT = 1_767_225_600_000;
const IDLE: ProcessLoad = { loopUtilisation: 0, loopDelayP99Ms: 0, heapShare: 0 };
/** More than any scenario of the simulation tier needs (15,000 events). */
const IDLE_TIMERS_MAX = 1_000_000;

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly background: boolean;
  readonly action: () => void;
}

/** A simulated machine: virtual time, ordered timers, seeded randomness. For tests and simulations. */
export function createSimulatedHost(options: SimulationOptions): SimulatedHost {
  const random = createSeededRandom(options.seed);
  const agenda = createAgenda();
  let offset = options.startAt ?? START_AT;
  let load = IDLE;
  const clock = { now: () => offset + Math.floor(agenda.time()), monotonic: agenda.time };
  return {
    clock,
    timers: { after: agenda.after, sleep: (ms, signal) => sleepWith(agenda.after, ms, signal) },
    random,
    ids: createIds(clock, random),
    measureLoad: () => ({ read: () => load, stop: () => {} }),
    jump(byMs) {
      offset += byMs;
    },
    setLoad(changes) {
      load = { ...load, ...changes };
    },
    async advance(delayMs) {
      const until = agenda.time() + delayMs;
      await settle();
      while (agenda.runNext(until)) await settle();
      agenda.moveTo(until);
    },
    async runUntilIdle() {
      await settle();
      for (let ran = 0; agenda.busy(); ran++) {
        if (ran >= IDLE_TIMERS_MAX) {
          throw new Error(
            `Still busy after ${IDLE_TIMERS_MAX} timers: something sets them forever.`,
          );
        }
        agenda.runNext(Number.POSITIVE_INFINITY);
        await settle();
      }
    },
  };
}

/** Lets every promise that can settle without time passing do so: a macrotask runs after all of them. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Agenda {
  readonly after: Timers['after'];
  time(): number;
  moveTo(time: number): void;
  /** Whether a timer that is not in the background is pending. */
  busy(): boolean;
  /** Runs the next timer due until `until`; false when there is none. */
  runNext(until: number): boolean;
}

function createAgenda(): Agenda {
  // Sorted, the next one last. Insertion is O(n), which suits the few thousand timers of a scenario.
  const pending: Pending[] = [];
  let time = 0;
  let made = 0;
  let foreground = 0;

  const remove = (entry: Pending) => {
    const index = pending.indexOf(entry);
    if (index < 0) return;
    pending.splice(index, 1);
    if (!entry.background) foreground--;
  };
  return {
    time: () => time,
    moveTo(next) {
      time = Math.max(time, next);
    },
    busy: () => foreground > 0,
    after(delayMs, action, options): Timer {
      assertDelay(delayMs);
      const at = time + Math.max(0, delayMs);
      const entry = { at, order: made++, background: options?.background === true, action };
      pending.splice(positionOf(entry, pending), 0, entry);
      if (!entry.background) foreground++;
      return { cancel: () => remove(entry) };
    },
    runNext(until) {
      const entry = pending.at(-1);
      if (!entry || entry.at > until) return false;
      remove(entry);
      time = entry.at;
      entry.action();
      return true;
    },
  };
}

/** Where `entry` belongs among timers sorted from the last to the next; later made ones run later. */
function positionOf(entry: Pending, pending: readonly Pending[]): number {
  let low = 0;
  let high = pending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = pending[middle];
    if (other && other.at > entry.at) low = middle + 1;
    else high = middle;
  }
  return low;
}
