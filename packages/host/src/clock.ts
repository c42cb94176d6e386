/** Time as a machine gives it. Nothing outside this package reads it any other way. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. For timestamps. */
  now(): number;
  /** Milliseconds from an arbitrary origin, never going back. For deadlines and durations. */
  monotonic(): number;
}

/** A pending timer. */
export interface Timer {
  cancel(): void;
}

/** Work for later. */
export interface Timers {
  /**
   * Runs `action` once after `delayMs`; with 0, as soon as the input that is ready has been handled.
   * `background` timers do not keep the process alive.
   * @throws {RangeError} when `delayMs` is not a number.
   */
  after(delayMs: number, action: () => void, options?: { readonly background?: boolean }): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires timers at once that are set for longer (2³¹ − 1 ms, 24.8 days); ours are set again. */
const DELAY_MAX_MS = 2_147_483_647;

/** The process's own clock. */
export function createClock(): Clock {
  return { now: () => Date.now(), monotonic: () => performance.now() };
}

/** The process's own timers. */
export function createTimers(): Timers {
  const after: Timers['after'] = (delayMs, action, options) => {
    assertDelay(delayMs);
    if (delayMs <= 0) return immediately(action);
    return later(delayMs, action, options?.background === true);
  };
  return { after, sleep: (delayMs, signal) => sleepWith(after, delayMs, signal) };
}

/**
 * `sleep` in terms of `after`, for every kind of timers.
 *
 * @param delayMs - How long, in milliseconds.
 * @param signal - Ends the sleep early: the promise is rejected with its reason.
 */
export function sleepWith(
  after: Timers['after'],
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Refuses what no timer can be set for; infinity is as good as never, and allowed. */
export function assertDelay(delayMs: number): void {
  if (Number.isNaN(delayMs))
    throw new RangeError('A timer needs a delay in milliseconds, got NaN.');
}

/** Never `unref`: the event loop would sleep in front of it until something else happens. */
function immediately(action: () => void): Timer {
  const pending = setImmediate(action);
  return { cancel: () => clearImmediate(pending) };
}

function later(delayMs: number, action: () => void, background: boolean): Timer {
  let remainingMs = delayMs;
  let pending: NodeJS.Timeout;
  const arm = () => {
    const stepMs = Math.min(remainingMs, DELAY_MAX_MS);
    remainingMs -= stepMs;
    pending = setTimeout(remainingMs > 0 ? arm : action, stepMs);
    if (background) pending.unref();
  };
  arm();
  return { cancel: () => clearTimeout(pending) };
}
