import type { Host } from '@portico/host';
import { RollingSum } from './rolling-sum.ts';

/** How many repetitions a service may be given beside the calls themselves. */
export interface RetryBudgetPolicy {
  /** Of the calls that went well. */
  readonly share: number;
  /** Beside that, so that few calls may be repeated too. */
  readonly perSecond: number;
  /** What was earned longer ago is forgotten. */
  readonly memoryMs: number;
}

const STEP_MS = 1000;

/**
 * Repetitions, earned by calls that went well and shared by all calls to a service. When a service
 * fails, they run out, and its load is that of the calls alone: without it three attempts each treble
 * the load of a service that is down because of its load.
 */
export class RetryBudget {
  /** Repetitions that were not to be had since the start. */
  refused = 0;
  readonly #policy: RetryBudgetPolicy;
  readonly #earned: RollingSum;
  readonly #spent: RollingSum;

  constructor({ clock }: Pick<Host, 'clock'>, policy: RetryBudgetPolicy) {
    this.#policy = policy;
    const steps = Math.ceil(policy.memoryMs / STEP_MS);
    this.#earned = new RollingSum({ clock, stepMs: STEP_MS, steps });
    this.#spent = new RollingSum({ clock, stepMs: STEP_MS, steps });
  }

  /** How many repetitions may be made now. */
  get balance(): number {
    const { share, perSecond, memoryMs } = this.#policy;
    return (perSecond * memoryMs) / 1000 + share * this.#earned.total - this.#spent.total;
  }

  /** A call went well. */
  earn(): void {
    this.#earned.add(1);
  }

  /** Takes one repetition, if there is one. */
  spend(): boolean {
    if (this.balance < 1) {
      this.refused++;
      return false;
    }
    this.#spent.add(1);
    return true;
  }
}
