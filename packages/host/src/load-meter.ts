import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** How busy a process was since it was last asked. */
export interface ProcessLoad {
  /** The part of the time in which the event loop was not idle: 0 to 1. */
  readonly loopUtilisation: number;
  /** How late timers were, for 99 of 100. */
  readonly loopDelayP99Ms: number;
  /** The part of the heap's limit in use: 0 to 1. */
  readonly heapShare: number;
}

/** Measures how busy this process is. */
export interface LoadMeter {
  /** Since the last reading, or the start. */
  read(): ProcessLoad;
  /** Measures no longer. */
  stop(): void;
}

/** How often lateness is looked at: a wake-up costs some µs. */
const RESOLUTION_MS = 20;

/** Measures this process: `node:perf_hooks`, `node:v8`. */
export function createLoadMeter(): LoadMeter {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let last = performance.eventLoopUtilization();
  return {
    read() {
      const present = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(present, last);
      last = present;
      // Each sample is the time between two wake-ups, the planned part included.
      const delayMs = delays.percentile(99) / 1e6 - RESOLUTION_MS;
      delays.reset();
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return {
        loopUtilisation: utilization,
        loopDelayP99Ms: Math.max(0, delayMs),
        heapShare: used / limit,
      };
    },
    stop: () => void delays.disable(),
  };
}
