import type { Clock } from '@portico/host';

/** How much history a {@link RollingSum} has. */
export interface RollingSumOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Amounts leave the sum together, a step at a time. */
  readonly stepMs: number;
  /** The sum covers the present step and those before it: this many in all. */
  readonly steps: number;
}

/** What was added lately: bounded memory, whatever the rate. */
export class RollingSum {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #stepMs: number;
  readonly #amounts: Float64Array;
  #step: number;
  #total = 0;

  constructor({ clock, stepMs, steps }: RollingSumOptions) {
    this.#clock = clock;
    this.#stepMs = stepMs;
    this.#amounts = new Float64Array(steps);
    this.#step = this.#now();
  }

  /** The step of this moment, to be handed to `add` later. */
  get step(): number {
    this.#roll();
    return this.#step;
  }

  /** What was added within the history. */
  get total(): number {
    this.#roll();
    return this.#total;
  }

  /** What was added in the step that is not over. */
  get present(): number {
    this.#roll();
    return this.#amounts[this.#step % this.#amounts.length] ?? 0;
  }

  /** Adds to a step: the present one, or an earlier one if the sum still covers it. */
  add(amount: number, step?: number): void {
    this.#roll();
    const at = step ?? this.#step;
    const { length } = this.#amounts;
    if (at > this.#step || at <= this.#step - length) return;
    this.#amounts[at % length] = (this.#amounts[at % length] ?? 0) + amount;
    this.#total += amount;
  }

  /** Forgets everything. */
  clear(): void {
    this.#amounts.fill(0);
    this.#total = 0;
  }

  #now(): number {
    return Math.floor(this.#clock.monotonic() / this.#stepMs);
  }

  #roll(): void {
    const now = this.#now();
    if (now === this.#step) return;
    const { length } = this.#amounts;
    if (now - this.#step >= length) this.clear();
    else {
      for (let step = this.#step + 1; step <= now; step++) {
        this.#total -= this.#amounts[step % length] ?? 0;
        this.#amounts[step % length] = 0;
      }
    }
    this.#step = now;
  }
}
