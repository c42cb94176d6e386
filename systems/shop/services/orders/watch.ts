/** The timers that waiting needs; a handler's context has them. */
interface Timers {
  after(delayMs: number, action: () => void): { cancel(): void };
}

/** A change made by another replica is noticed within this time; one made here at once. */
const LOOK_AGAIN_MS = 500;

/** Lets readers wait for changes of orders, and the sagas' runner for work. */
export interface Watch {
  /** Tells everybody who waits for `topic` (an order's id). */
  notify(topic: string): void;
  /** Resolves with the next change of `topic`, or after a while: then it is to be read again. */
  next(
    topic: string,
    wait: { timers: Timers; signal: AbortSignal; atMostMs: number },
  ): Promise<void>;
}

/** Makes the watch of one process. */
export function createWatch(): Watch {
  const waiting = new Map<string, Set<() => void>>();
  return {
    notify(topic) {
      for (const wake of waiting.get(topic) ?? []) wake();
    },

    async next(topic, { timers, signal, atMostMs }) {
      if (signal.aborted) return;
      const woken = Promise.withResolvers<void>();
      const wake = () => woken.resolve();
      const timer = timers.after(Math.min(LOOK_AGAIN_MS, Math.max(0, atMostMs)), wake);
      const group = waiting.get(topic) ?? new Set();
      waiting.set(topic, group.add(wake));
      signal.addEventListener('abort', wake, { once: true });
      try {
        await woken.promise;
      } finally {
        timer.cancel();
        signal.removeEventListener('abort', wake);
        group.delete(wake);
        if (group.size === 0 && waiting.get(topic) === group) waiting.delete(topic);
      }
    },
  };
}
