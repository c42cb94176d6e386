import type { Timers } from '@portico/host';

/** What another process does to a saga is noticed within this time; what this one does at once. */
const LOOK_AGAIN_MS = 500;

/** Lets handlers of this process wait for sagas to move on. */
export interface SagaWatch {
  /** Tells whoever waits for this saga: something of it has been committed. */
  tell(id: string): void;
  /** Resolves when it is told of, or after `atMostMs` or {@link LOOK_AGAIN_MS}, whatever is less. */
  next(id: string, atMostMs: number): Promise<void>;
}

/** The watch of one service in one process. */
export function createSagaWatch(timers: Timers): SagaWatch {
  const waiting = new Map<string, Set<() => void>>();
  return {
    tell(id) {
      for (const wake of waiting.get(id) ?? []) wake();
    },
    next(id, atMostMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const group = waiting.get(id) ?? new Set();
      const wake = () => {
        timer.cancel();
        group.delete(wake);
        if (group.size === 0) waiting.delete(id);
        resolve();
      };
      const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(0, atMostMs));
      const timer = timers.after(delayMs, wake, { background: true });
      waiting.set(id, group.add(wake));
      return promise;
    },
  };
}
