import { type Criticality, Failure } from '@portico/contract';

/** When calls that wait for a place are too many or wait too long. */
export interface QueuePolicy {
  readonly sizeMax: number;
  /** So many more while nobody waits too long: calls that came in one packet are no overload. */
  readonly burstMax: number;
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

/** From the least critical to the most. */
const RANKS: Readonly<Record<Criticality, number>> = {
  ...{ batch: 0, sheddable: 1, default: 2, critical: 3 },
};

/**
 * Calls in front of a service. The most critical first, and of those first come, first served; in
 * overload the last come is served, and who has waited is shed, unless it is critical: a full queue served
 * in order makes every call late.
 */
export class AdmissionQueue<W extends Waiting> {
  size = 0;
  /** Shed since the start because they had waited in overload. */
  stale = 0;
  readonly #policy: QueuePolicy;
  /** By rank, each in the order of arrival. */
  readonly #waiting: readonly W[][] = [[], [], [], []];
  /** Since when whoever has waited longest waits too long; `undefined` while nobody does. */
  #lateSince: number | undefined;

  constructor(policy: QueuePolicy) {
    this.#policy = policy;
  }

  push(waiting: W, now: number): void {
    waiting.waitingSince = now;
    this.#listOf(waiting).push(waiting);
    this.size++;
  }

  /** Takes a call out that waits no longer. @returns whether it was there. */
  remove(waiting: W): boolean {
    const list = this.#listOf(waiting);
    const index = list.indexOf(waiting);
    if (index < 0) return false;
    list.splice(index, 1);
    this.size--;
    return true;
  }

  /** Whether who came first waits too long at `now`. While nobody does, many that wait are only a burst. */
  isLate(now: number): boolean {
    const { targetMs } = this.#policy;
    return this.#waiting.some(([first]) => first && now - first.waitingSince > targetMs);
  }

  /**
   * Whether calls wait too long at `now`, and have for a while. Sheds those that then have no place.
   *
   * @param isCrowded - Whether there are more calls than may be handled at a time. Fewer wait for no more than
   * their turn of a busy event loop: sending them away would help nobody.
   */
  observe(now: number, isCrowded: boolean): boolean {
    if (!isCrowded || !this.isLate(now)) {
      this.#lateSince = undefined;
      return false;
    }
    this.#lateSince ??= now;
    if (now - this.#lateSince < this.#policy.intervalMs) return false;
    for (const list of this.#waiting.slice(0, RANKS.critical)) this.#shedStale(list, now);
    return true;
  }

  /** The call that gets the next place: the last come when `isOverloaded`. */
  next(isOverloaded: boolean): W | undefined {
    const list = this.#waiting.findLast(({ length }) => length > 0);
    if (!list) return undefined;
    this.size--;
    return isOverloaded ? list.pop() : list.shift();
  }

  #shedStale(list: W[], now: number): void {
    const { patienceMs } = this.#policy;
    const fresh = list.findIndex(({ waitingSince }) => now - waitingSince <= patienceMs);
    const stale = list.splice(0, fresh < 0 ? list.length : fresh);
    this.size -= stale.length;
    this.stale += stale.length;
    for (const waiting of stale) waiting.shed(waitedTooLong());
  }

  #listOf({ criticality }: W): W[] {
    return this.#waiting[RANKS[criticality]] as W[];
  }
}

function waitedTooLong(): Failure {
  return Failure.withoutStack(
    'OVERLOADED',
    'overloaded',
    'The service has more calls than it can handle.',
    {
      reason: 'queue',
    },
  );
}
