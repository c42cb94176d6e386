import type { Clock } from '@portico/host';

/** Neighbouring classes of latency differ by this factor: as exact as anybody needs to refuse a call. */
const GROWTH = 1.25;
const FIRST_MS = 0.05;
/** Up to over a minute, the longest that a call may take. */
const CLASSES = 64;
/** Samples older than two windows are forgotten, so that nothing is refused for what was long ago. */
const WINDOW_MS = 5000;
/** Fewer samples have no opinion. */
const SAMPLES_MIN = 20;
/** After so many samples in a window every second, then every fourth call is sampled, and so on. */
const SAMPLES_PER_STRIDE = 256;

/**
 * The median latency of an operation over the last seconds. Reading the clock costs more than the rest,
 * so that calls are sampled the less often the more there are; each sample stands for those between.
 */
export class LatencyMedian {
  /** A lower bound of the median, in ms; 0 while too few calls have ended lately. */
  medianMs = 0;
  /** Calls to go until the next is sampled: whoever ends calls counts it down, and samples below 0. */
  countdown = 0;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #present = new Float64Array(CLASSES);
  #previous = new Float64Array(CLASSES);
  #samplesPresent = 0;
  #samplesPrevious = 0;
  #stride = 1;
  /** The class of the median, what all classes hold, and those before it. */
  #middle = 0;
  #total = 0;
  #below = 0;
  #windowEnd: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#windowEnd = clock.monotonic() + WINDOW_MS;
  }

  /** The call that began at `begunAt` has ended. */
  sample(begunAt: number): void {
    const now = this.#clock.monotonic();
    this.expire(now);
    const index = classOf(now - begunAt);
    this.#present[index] = (this.#present[index] ?? 0) + this.#stride;
    this.#total += this.#stride;
    if (index < this.#middle) this.#below += this.#stride;
    this.#samplesPresent++;
    if (this.#samplesPresent % SAMPLES_PER_STRIDE === 0) this.#stride *= 2;
    this.countdown = this.#stride - 1;
    this.#settle();
  }

  /** Forgets what is too old at `now`. */
  expire(now: number): void {
    if (now < this.#windowEnd) return;
    const isStale = now >= this.#windowEnd + WINDOW_MS;
    [this.#previous, this.#present] = [this.#present, this.#previous];
    this.#samplesPrevious = this.#samplesPresent;
    if (isStale) {
      this.#previous.fill(0);
      this.#samplesPrevious = 0;
    }
    this.#present.fill(0);
    this.#samplesPresent = 0;
    this.#stride = 1;
    this.countdown = 0;
    this.#windowEnd = now + WINDOW_MS;
    this.#middle = 0;
    this.#below = 0;
    this.#total = this.#previous.reduce((sum, count) => sum + count, 0);
    this.#settle();
  }

  /** Moves to the first class with half of all in it and before it: mostly the one where it is. */
  #settle(): void {
    while (this.#middle > 0 && 2 * this.#below >= this.#total) {
      this.#middle--;
      this.#below -= this.#count(this.#middle);
    }
    while (2 * (this.#below + this.#count(this.#middle)) < this.#total) {
      this.#below += this.#count(this.#middle);
      this.#middle++;
    }
    const isKnown = this.#samplesPresent + this.#samplesPrevious >= SAMPLES_MIN;
    this.medianMs = isKnown && this.#middle > 0 ? lowerBoundOf(this.#middle) : 0;
  }

  #count(index: number): number {
    return (this.#present[index] ?? 0) + (this.#previous[index] ?? 0);
  }
}

function lowerBoundOf(index: number): number {
  return FIRST_MS * GROWTH ** (index - 1);
}

function classOf(latencyMs: number): number {
  if (latencyMs <= FIRST_MS) return 0;
  const index = 1 + Math.floor(Math.log(latencyMs / FIRST_MS) / Math.log(GROWTH));
  return Math.min(CLASSES - 1, index);
}
