import type { Host } from '@portico/host';

/** Waiting that can be ended early, again and again. */
export interface Waker {
  /** Aborted by the next `wake`. */
  readonly signal: AbortSignal;
  wake(): void;
  /** Resolves after `delayMs`, or when woken. */
  pause(delayMs: number): Promise<void>;
}

/** A waker on the host's timers. Its pauses don't keep the process alive. */
export function createWaker(host: Host): Waker {
  let controller = new AbortController();
  return {
    get signal() {
      return controller.signal;
    },
    wake() {
      const woken = controller;
      controller = new AbortController();
      woken.abort();
    },
    pause(delayMs) {
      const { signal } = controller;
      return new Promise((resolve) => {
        const end = () => {
          timer.cancel();
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = host.timers.after(delayMs, end, { background: true });
        signal.addEventListener('abort', end, { once: true });
      });
    },
  };
}
