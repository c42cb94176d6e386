/** How many calls a service handles at a time. */
export interface LimitPolicy {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** The limit rises while no more than this share of calls has waited, ... */
  readonly waitedShareMax: number;
  /** ... and more than this part of it is used. */
  readonly usedShareMin: number;
  /** What becomes of it in lasting overload. */
  readonly cut: number;
}

/** A second of a service. */
export interface LimitPeriod {
  /** Whether calls waited too long, and without exception (`AdmissionQueue`). */
  readonly isOverloaded: boolean;
  readonly admitted: number;
  /** Of those, the ones that had waited too long. */
  readonly waited: number;
  /** The most calls in flight at a time. */
  readonly peak: number;
  readonly completed: number;
}

/** Overload lasts so many seconds before the limit is changed, and again before each further change. */
const SECONDS_BETWEEN = 4;
/** A smaller change of throughput than this is noise: it is half of what a change of the limit may cost. */
const NOTICEABLE = 0.1;

/**
 * The concurrency limit of a service, adjusted each second on how long calls wait for a place, never on
 * their latency, which is that of the services and stores behind.
 *
 * In lasting overload it is cut: fewer calls at a time are faster where they share a processor. Where they
 * don't (they wait for others), a cut costs throughput for nothing, so one that does is taken back, and the
 * limit raised for as long as throughput rises with it.
 */
export class ConcurrencyLimit {
  readonly #policy: LimitPolicy;
  #exact: number;
  #isRising = false;
  #overloadedSeconds = 0;
  #completed = 0;
  /** Completed between the two changes before, while overload lasts. */
  #before: number | undefined;

  constructor(policy: LimitPolicy) {
    this.#policy = policy;
    this.#exact = policy.start;
  }

  get value(): number {
    return Math.round(this.#exact);
  }

  /** A second has passed. */
  adjust({ isOverloaded, admitted, waited, peak, completed }: LimitPeriod): void {
    if (isOverloaded) {
      this.#overloadedSeconds++;
      this.#completed += completed;
      if (this.#overloadedSeconds % SECONDS_BETWEEN === 0) this.#change();
      return;
    }
    this.#overloadedSeconds = 0;
    this.#completed = 0;
    this.#before = undefined;
    this.#isRising = false;
    const { max, waitedShareMax, usedShareMin } = this.#policy;
    const isQuick = waited <= waitedShareMax * admitted;
    if (isQuick && peak > usedShareMin * this.value) this.#exact = Math.min(max, this.#exact + 1);
  }

  #change(): void {
    const { min, max, cut } = this.#policy;
    if (this.#before !== undefined) {
      const gain = this.#completed - this.#before;
      const noticeable = NOTICEABLE * this.#before;
      // The last change was for the better, or it is to be undone.
      this.#isRising = this.#isRising ? gain >= noticeable : gain <= -noticeable;
    }
    this.#before = this.#completed;
    this.#completed = 0;
    const next = this.#isRising ? this.#exact / cut : this.#exact * cut;
    this.#exact = Math.min(max, Math.max(min, next));
  }
}
