/**
 * A latency that follows bad news at once and good news slowly: a worse sample is taken as it is, a
 * better one weighs by the time since the last. Without samples it fades, so that a replica which was slow
 * is tried again.
 */
export class PeakEwma {
  readonly #memoryMs: number;
  #value = 0;
  #at = 0;

  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** A call that took `sampleMs` has ended at `now`. */
  add(sampleMs: number, now: number): void {
    const weight = Math.exp(-Math.max(0, now - this.#at) / this.#memoryMs);
    if (sampleMs > this.#value) this.#value = sampleMs;
    else this.#value = this.#value * weight + sampleMs * (1 - weight);
    this.#at = now;
  }

  /** In ms. */
  at(now: number): number {
    return this.#value * Math.exp(-Math.max(0, now - this.#at) / this.#memoryMs);
  }
}
