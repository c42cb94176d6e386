import { type Criticality, Failure } from '@portico/contract';

/** When calls that wait for a place are too many or wait too long. */
export interface QueuePolicy {
  readonly sizeMax: number;
  /** Waiting longer than this, ... */
  readonly targetMs: number;
  /** ... for so long without exception, is overload (RFC 8289, CoDel). */
  readonly intervalMs: number;
  /** In overload, who has waited longer than this is shed. */
  readonly patienceMs: number;
}

/** A call that waits for a place. */
export interface Waiting {
  /** On the host's monotonic clock. */
  waitingSince: number;
  readonly criticality: Criticality;
  /** It will get no place. */
  shed(failure: Failure): void;
}

const RANKS: Readonly<Record<Criticality, number>> = {
  ...{ batch: 0, sheddable: 1, default: 2, critical: 3 },
};

/**
 * Calls in front of a service. The most critical first, and of those first come, first served; in
 * overload the last come is served, and who has waited is shed, unless it is critical: a full queue served
 * in order makes every call late.
 */
export class AdmissionQueue<W extends Waiting> {
  /** Shed since the start because they had waited in overload. */
  stale = 0;
  readonly #policy: QueuePolicy;
  #waiting: W[] = [];
  /** Since when whoever has waited longest waits too long; `undefined` while nobody does. */
  #lateSince: number | undefined;

  constructor(policy: QueuePolicy) {
    this.#policy = policy;
  }

  get size(): number {
    return this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#policy.sizeMax;
  }

  push(waiting: W, now: number): void {
    waiting.waitingSince = now;
    this.#waiting.push(waiting);
  }

  /** Takes a call out that waits no longer. @returns whether it was there. */
  remove(waiting: W): boolean {
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /** Whether calls wait too long at `now`, and have for a while. Sheds those that then have no place. */
  observe(now: number): boolean {
    const { targetMs, intervalMs, patienceMs } = this.#policy;
    const oldest = this.#waiting[0];
    if (!oldest || now - oldest.waitingSince <= targetMs) {
      this.#lateSince = undefined;
      return false;
    }
    this.#lateSince ??= now;
    if (now - this.#lateSince < intervalMs) return false;
    const isStale = ({ waitingSince, criticality }: W) =>
      now - waitingSince > patienceMs && criticality !== 'critical';
    const stale = this.#waiting.filter(isStale);
    if (stale.length > 0) {
      this.#waiting = this.#waiting.filter((waiting) => !isStale(waiting));
      this.stale += stale.length;
      for (const waiting of stale) waiting.shed(waitedTooLong());
    }
    return true;
  }

  /** The call that gets the next place. */
  next(now: number): W | undefined {
    const isOverloaded = this.observe(now);
    let index = -1;
    let rank = -1;
    for (const [at, { criticality }] of this.#waiting.entries()) {
      const own = RANKS[criticality];
      if (own < rank || (own === rank && !isOverloaded)) continue;
      index = at;
      rank = own;
    }
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}

function waitedTooLong(): Failure {
  return new Failure('OVERLOADED', 'overloaded', 'The service has more calls than it can handle.', {
    reason: 'queue',
  });
}
