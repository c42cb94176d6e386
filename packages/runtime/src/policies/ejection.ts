import type { Host } from '@portico/host';
import { RollingSum } from './rolling-sum.ts';

/** When a replica is left alone, and for how long. */
export interface EjectionPolicy {
  readonly failuresInRow: number;
  /** Of the calls in the window, if there were `callsMin`. */
  readonly failureShare: number;
  readonly callsMin: number;
  readonly windowMs: number;
  /** The first time; the nth time n times as long. */
  readonly timeMs: number;
  readonly timeMaxMs: number;
  /** Well for so long, it begins at the first time again. */
  readonly forgivenMs: number;
}

const STEP_MS = 1000;

/** Whether one replica gets calls: not while it fails others. */
export class Ejection {
  /** How often it was ejected since the start. */
  times = 0;
  readonly #host: Pick<Host, 'clock' | 'random'>;
  readonly #policy: EjectionPolicy;
  readonly #calls: RollingSum;
  readonly #failures: RollingSum;
  #inRow = 0;
  /** How many times in succession. */
  #repeated = 0;
  #until = Number.NEGATIVE_INFINITY;

  constructor(host: Pick<Host, 'clock' | 'random'>, policy: EjectionPolicy) {
    this.#host = host;
    this.#policy = policy;
    const steps = Math.ceil(policy.windowMs / STEP_MS);
    const window = { clock: host.clock, stepMs: STEP_MS, steps };
    this.#calls = new RollingSum(window);
    this.#failures = new RollingSum(window);
  }

  isEjected(now: number): boolean {
    return now < this.#until;
  }

  /** It answered a call, whatever the answer. */
  answered(): void {
    this.#inRow = 0;
    this.#calls.add(1);
  }

  /** It failed a call in a way that says something about it. @returns whether it is ejected for that. */
  failed(): boolean {
    this.#inRow++;
    this.#calls.add(1);
    this.#failures.add(1);
    const { failuresInRow, failureShare, callsMin } = this.#policy;
    const calls = this.#calls.total;
    const tooMany = calls >= callsMin && this.#failures.total >= failureShare * calls;
    if (this.#inRow < failuresInRow && !tooMany) return false;
    return this.eject();
  }

  /** Leaves it alone from now on. @returns false if it already is. */
  eject(): boolean {
    const now = this.#host.clock.monotonic();
    if (this.isEjected(now)) return false;
    const { timeMs, timeMaxMs, forgivenMs } = this.#policy;
    if (now - this.#until > forgivenMs) this.#repeated = 0;
    this.#repeated++;
    this.times++;
    // Equal jitter: callers come back one after the other.
    const half = Math.min(timeMaxMs, timeMs * this.#repeated) / 2;
    this.#until = now + half + half * this.#host.random.float();
    this.#inRow = 0;
    this.#calls.clear();
    this.#failures.clear();
    return true;
  }
}
