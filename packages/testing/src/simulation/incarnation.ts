import { createIds, createSimulatedHost, type Host, sleepWith, type Timer } from '@portico/host';
import type { Draw } from './draw.ts';

/** A machine as it is at the moment; it outlives the processes on it. */
export interface Machine {
  /** How far its wall clock is from the true time. */
  offsetMs: number;
  /** Nothing runs on it before this virtual time. */
  stalledUntil: number;
  /** Timers fire up to this much too late. */
  latenessMs: number;
}

/** One process on a machine, from its start to its death. */
export interface Incarnation {
  readonly host: Host;
  readonly alive: boolean;
  /** Its timers never fire again, so whatever waits for time waits for ever. Listeners are told. */
  die(): void;
  /** Calls `listener` when it dies. Returns how to stop listening. */
  onDeath(listener: () => void): () => void;
}

/** Where an incarnation lives. */
export interface IncarnationOptions {
  /** Virtual time, shared by all. */
  readonly world: Host;
  readonly machine: Machine;
  readonly draw: Draw;
}

/** Monotonic clocks of different processes have nothing to do with each other: up to this far apart. */
const ORIGIN_MAX_MS = 1_000_000;

/** A new process: virtual time through its machine's clock, randomness and ids of its own. */
export function createIncarnation({ world, machine, draw }: IncarnationOptions): Incarnation {
  const origin = draw.int(1, ORIGIN_MAX_MS);
  const { random } = createSimulatedHost({ seed: draw.seed() });
  const pending = new Set<{ timer: Timer }>();
  const listeners = new Set<() => void>();
  let alive = true;
  const time = () => world.clock.monotonic();
  const clock = {
    now: () => world.clock.now() + machine.offsetMs,
    monotonic: () => time() + origin,
  };
  const run = (action: () => void) => {
    try {
      action();
    } catch (thrown) {
      // What a process does after its death is nobody's business; before it, it would have ended the process.
      if (alive) throw thrown;
    }
  };
  const after: Host['timers']['after'] = (delayMs, action) => {
    if (!alive) return { cancel: () => {} };
    const late = machine.latenessMs > 0 ? random.float() * machine.latenessMs : 0;
    const fire = () => {
      pending.delete(entry);
      const stallMs = machine.stalledUntil - time();
      if (stallMs <= 0) return run(action);
      entry.timer = world.timers.after(stallMs, fire, { background: true });
      pending.add(entry);
    };
    const entry = { timer: world.timers.after(delayMs + late, fire, { background: true }) };
    pending.add(entry);
    return {
      cancel() {
        entry.timer.cancel();
        pending.delete(entry);
      },
    };
  };
  const sleep: Host['timers']['sleep'] = (delayMs, signal) => sleepWith(after, delayMs, signal);
  return {
    host: {
      ...{ clock, timers: { after, sleep }, random, ids: createIds(clock, random) },
      measureLoad: world.measureLoad,
    },
    get alive() {
      return alive;
    },
    die() {
      if (!alive) return;
      alive = false;
      for (const { timer } of pending) timer.cancel();
      pending.clear();
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
    onDeath(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
