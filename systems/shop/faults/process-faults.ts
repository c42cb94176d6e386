import type { Host, Timer } from '@portico/host';
import { LEAK_MAX_MB } from './catalogue.ts';
import type { FaultEffect, Switches } from './switches.ts';

/** The event loop is blocked once in so long. */
const CPU_TICK_MS = 100;
const BLOCK_AFTER_MS = 100;
const LEAK_TICK_MS = 1_000;
const MB = 1024 * 1024;

/** What `process.block`, `process.cpu` and `process.leak` do to the process they are in. */
export function createProcessEffects({
  clock,
  timers,
}: Pick<Host, 'clock' | 'timers'>): FaultEffect[] {
  const each = (ms: number, work: () => void): (() => void) => {
    let timer: Timer;
    const arm = () => {
      timer = timers.after(
        ms,
        () => {
          work();
          arm();
        },
        { background: true },
      );
    };
    arm();
    return () => timer.cancel();
  };
  const spin = (ms: number) => {
    const until = clock.monotonic() + ms;
    while (clock.monotonic() < until);
  };
  const block: FaultEffect = (fault) => {
    if (fault.name !== 'process.block') return undefined;
    const { ms } = fault.settings as { ms: number };
    // Later, so that whoever has ordered it is answered.
    const timer = timers.after(BLOCK_AFTER_MS, () => {
      fault.hits += 1;
      spin(ms);
    });
    return () => timer.cancel();
  };
  const cpu: FaultEffect = (fault) => {
    if (fault.name !== 'process.cpu') return undefined;
    const { share } = fault.settings as { share: number };
    return each(CPU_TICK_MS * (1 - share), () => {
      fault.hits += 1;
      spin(CPU_TICK_MS * share);
    });
  };
  const leak: FaultEffect = (fault) => {
    if (fault.name !== 'process.leak') return undefined;
    const { mb } = fault.settings as { mb: number };
    const lost: Buffer[] = [];
    const stop = each(LEAK_TICK_MS, () => {
      if ((lost.length + 1) * mb > LEAK_MAX_MB) return;
      fault.hits += 1;
      // Filled, or the machine would not give the memory yet.
      lost.push(Buffer.alloc(mb * MB, 1));
    });
    return () => {
      stop();
      lost.length = 0;
    };
  };
  return [block, cpu, leak];
}

/** A machine whose wall clock is off by what `clock.skew` says; durations are not. */
export function withSkew(host: Host, switches: Switches): Host {
  const { clock } = host;
  return {
    ...host,
    clock: {
      now: () => clock.now() + (switches.find('clock.skew')?.settings.ms ?? 0),
      monotonic: () => clock.monotonic(),
    },
  };
}
