import type { Host } from '@portico/host';

/** How late the event loop is. */
export interface LoopLag {
  /**
   * How long something that is read now may have waited until the loop looked, in ms, at most and but for
   * {@link LOOK_EVERY_MS}.
   */
  readMs(): number;
  stop(): void;
}

/** How often the loop has to prove that it goes round: what is shorter than this is not seen. */
const LOOK_EVERY_MS = 20;

/**
 * Measures by a timer that should have fired: while it is overdue, and until the input that was ready in the
 * same turn has been handled. Otherwise a loop that was held up in one callback would look punctual to the
 * very reads that it has held up, because timers come first.
 */
export function watchLoopLag({ clock, timers }: Pick<Host, 'clock' | 'timers'>): LoopLag {
  let dueAt = 0;
  let lateMs = 0;
  const settle = () => {
    lateMs = 0;
  };
  const look = () => {
    lateMs = Math.max(0, clock.monotonic() - dueAt);
    timers.after(0, settle, { background: true });
    arm();
  };
  const arm = () => {
    dueAt = clock.monotonic() + LOOK_EVERY_MS;
    timer = timers.after(LOOK_EVERY_MS, look, { background: true });
  };
  let timer: ReturnType<typeof timers.after>;
  arm();
  return {
    readMs: () => Math.max(lateMs, clock.monotonic() - dueAt, 0),
    stop: () => timer.cancel(),
  };
}
