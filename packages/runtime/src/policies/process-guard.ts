import type { Criticality } from '@portico/contract';
import type { LoadMeter } from '@portico/host';

/** When a process is so busy that it has to choose whom it serves. */
export interface GuardPolicy {
  /** Above this part of a second the event loop is saturated. */
  readonly loopUtilisationMax: number;
  /** Later than this in one second and in the next, it falls behind. */
  readonly loopDelayP99MaxMs: number;
  /** Above this part of the heap's limit, collecting garbage takes over. */
  readonly heapShareMax: number;
}

/** Whom a process serves: everybody; all but those that can be shed; only who is critical. */
export type GuardLevel = 'everybody' | 'pressing' | 'critical';

/** Watches over a whole process: what no limit of a single service sees. */
export class ProcessGuard {
  level: GuardLevel = 'everybody';
  readonly #policy: GuardPolicy;
  #wasLate = false;

  constructor(policy: GuardPolicy) {
    this.#policy = policy;
  }

  /** Looks at the second that has passed; in a process that is not warm, at its memory only. */
  observe(meter: Pick<LoadMeter, 'read'>, isWarm = true): void {
    const { loopUtilisationMax, loopDelayP99MaxMs, heapShareMax } = this.#policy;
    const { loopUtilisation, loopDelayP99Ms, heapShare } = meter.read();
    // One long pause is over when it is seen here, and shedding helps nobody: it has to go on.
    const isLate = loopDelayP99Ms > loopDelayP99MaxMs;
    const isBusy = loopUtilisation > loopUtilisationMax || (isLate && this.#wasLate);
    this.#wasLate = isLate;
    if (heapShare > heapShareMax) this.level = 'critical';
    else this.level = isWarm && isBusy ? 'pressing' : 'everybody';
  }

  /** Whether calls of `criticality` are shed now. */
  sheds(criticality: Criticality): boolean {
    if (this.level === 'everybody') return false;
    if (this.level === 'critical') return criticality !== 'critical';
    return criticality === 'sheddable' || criticality === 'batch';
  }
}
