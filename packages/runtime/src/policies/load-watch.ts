import type { Host, Timer } from '@portico/host';
import type { ProcessGate, ServiceGate } from './service-gate.ts';

/** Limits and guard are adjusted once in this time. */
const PERIOD_MS = 1000;
/**
 * A process that has just started compiles its code and its contracts: that looks like overload, and passes
 * without anybody being shed. Only memory counts before.
 */
const WARM_AFTER_MS = 5_000;

/** Keeps limits and guard of a process up to date. */
export interface LoadWatch {
  stop(): void;
}

/** Looks each second at the process and at each of its services. */
export function watchLoad(
  host: Pick<Host, 'clock' | 'timers' | 'measureLoad'>,
  { guard }: Pick<ProcessGate, 'guard'>,
  gates: readonly ServiceGate[],
): LoadWatch {
  const meter = host.measureLoad();
  const warmAt = host.clock.monotonic() + WARM_AFTER_MS;
  let timer: Timer;
  const look = () => {
    guard.observe(meter, host.clock.monotonic() >= warmAt);
    for (const gate of gates) gate.adjust();
    schedule();
  };
  const schedule = () => {
    timer = host.timers.after(PERIOD_MS, look, { background: true });
  };
  schedule();
  return {
    stop() {
      timer.cancel();
      meter.stop();
    },
  };
}
