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
  /** Runs `action` once after `delayMs`. `background` timers do not keep the process alive. */
  after(delayMs: number, action: () => void, options?: { readonly background?: boolean }): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
