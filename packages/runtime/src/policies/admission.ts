import { type Criticality, Failure } from '@portico/contract';
import { AdmissionQueue, type QueuePolicy, type Waiting } from './admission-queue.ts';
import { ConcurrencyLimit, type LimitPolicy } from './concurrency-limit.ts';
import type { ProcessGuard } from './process-guard.ts';
import type { Turn } from './turn.ts';

/** What part of limit and queue together calls of each criticality may fill. */
export type SharePolicy = Readonly<Record<Criticality, number>>;

/** What a service keeps to for the calls that it is given. */
export interface AdmissionPolicies {
  readonly limit: LimitPolicy;
  readonly queue: QueuePolicy;
  readonly shares: SharePolicy;
}

/** A call that may have to wait for a place. */
export interface Candidate extends Waiting {
  /** It has its place, or `shed` says why not. */
  proceed(): void;
}

/** A place for each call that is handled: taken at once while there are enough. */
export interface Places {
  /** Takes a place if that needs no thought. If not, `wait`. */
  tryEnter(): boolean;
  /** @returns whether it has a place now; else it is told later. @throws {Failure} `OVERLOADED`. */
  wait(candidate: Candidate): boolean;
  /** The call has ended. */
  leave(): void;
  /** A waiting call has ended before it had a place. */
  giveUp(candidate: Candidate): void;
}

/** What became of the calls to a service since the start, and where it stands. */
export interface AdmissionStats {
  readonly inFlight: number;
  readonly queued: number;
  readonly limit: number;
  /** In flight and queued ÷ limit. */
  readonly load: number;
  readonly admitted: number;
  readonly shed: ShedCounts;
}

/** Why calls were shed: no place for their criticality, too long in the queue, a busy process. */
export interface ShedCounts {
  readonly full: number;
  readonly stale: number;
  readonly guard: number;
}

/** Places for the calls to one service: as many as its limit, and a queue in front of them. */
export class Admission implements Places {
  inFlight = 0;
  /** Below this many in flight a call enters without a further look. */
  #freeUntil = 0;
  #peak = 0;
  #left = 0;
  #leftBefore = 0;
  #admittedBefore = 0;
  #waited = 0;
  #wasOverloaded = false;
  #isPumping = false;
  #isPumpingNextTurn = false;
  #full = 0;
  #guarded = 0;
  readonly #turn: Turn;
  readonly #policies: AdmissionPolicies;
  readonly #guard: ProcessGuard;
  readonly #limit: ConcurrencyLimit;
  readonly #queue: AdmissionQueue<Candidate>;

  constructor(turn: Turn, policies: AdmissionPolicies, guard: ProcessGuard) {
    this.#turn = turn;
    this.#policies = policies;
    this.#guard = guard;
    this.#limit = new ConcurrencyLimit(policies.limit);
    this.#queue = new AdmissionQueue(policies.queue);
    this.#refresh();
  }

  tryEnter(): boolean {
    if (this.inFlight >= this.#freeUntil || this.#turn.isLong()) return false;
    this.inFlight++;
    if (this.inFlight > this.#peak) this.#peak = this.inFlight;
    return true;
  }

  wait(candidate: Candidate): boolean {
    const { criticality } = candidate;
    if (this.#guard.sheds(criticality)) {
      this.#guarded++;
      throw shed('The process has more to do than it can.', 'guard');
    }
    const now = this.#turn.clock.monotonic();
    this.#observe(now);
    const { sizeMax, burstMax } = this.#policies.queue;
    const { size } = this.#queue;
    const excess = this.#queue.isLate(now) ? 0 : burstMax;
    if (this.inFlight + size >= this.#roomFor(criticality) + excess || size >= sizeMax + excess) {
      this.#full++;
      throw shed('The service has more calls than it can handle.', 'full');
    }
    const isLong = this.#turn.isLong();
    if (size === 0 && this.inFlight < this.#limit.value && !isLong) {
      this.inFlight++;
      if (this.inFlight > this.#peak) this.#peak = this.inFlight;
      return true;
    }
    this.#queue.push(candidate, now);
    this.#refresh();
    // Nobody may be there who would let it in when leaving.
    if (isLong) this.#pumpNextTurn();
    return false;
  }

  leave(): void {
    this.inFlight--;
    this.#left++;
    if (this.#queue.size > 0) this.#pump();
  }

  giveUp(candidate: Candidate): void {
    if (this.#queue.remove(candidate)) this.#refresh();
  }

  /** A second has passed. */
  adjust(): void {
    const admitted = this.#left + this.inFlight;
    this.#limit.adjust({
      isOverloaded: this.#wasOverloaded,
      admitted: admitted - this.#admittedBefore,
      waited: this.#waited,
      peak: this.#peak,
      completed: this.#left - this.#leftBefore,
    });
    this.#admittedBefore = admitted;
    this.#leftBefore = this.#left;
    this.#waited = 0;
    this.#peak = this.inFlight;
    this.#wasOverloaded = false;
    if (this.#queue.size > 0) this.#pump();
    this.#refresh();
  }

  /** In flight and queued ÷ limit: more than 1 when calls wait. */
  get load(): number {
    return (this.inFlight + this.#queue.size) / this.#limit.value;
  }

  stats(): AdmissionStats {
    return {
      inFlight: this.inFlight,
      queued: this.#queue.size,
      limit: this.#limit.value,
      load: this.load,
      admitted: this.#left + this.inFlight,
      shed: { full: this.#full, stale: this.#queue.stale, guard: this.#guarded },
    };
  }

  /** How many calls of `criticality` there may be, in flight and in the queue. */
  #roomFor(criticality: Criticality): number {
    const { shares, queue } = this.#policies;
    return Math.floor(shares[criticality] * (this.#limit.value + queue.sizeMax));
  }

  #refresh(): void {
    const needsThought = this.#queue.size > 0 || this.#guard.level !== 'everybody';
    const room = Math.min(...CRITICALITIES.map((criticality) => this.#roomFor(criticality)));
    this.#freeUntil = needsThought ? 0 : Math.min(this.#limit.value, room);
  }

  /** Free places go to those that wait once the call that has left is answered. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#fill();
    });
  }

  #pumpNextTurn(): void {
    if (this.#isPumpingNextTurn) return;
    this.#isPumpingNextTurn = true;
    this.#turn.next(() => {
      this.#isPumpingNextTurn = false;
      this.#fill();
    });
  }

  #observe(now: number): boolean {
    const { size } = this.#queue;
    const isCrowded = size > 0 && this.inFlight + size > this.#limit.value;
    const isOverloaded = this.#queue.observe(now, isCrowded);
    if (isOverloaded) this.#wasOverloaded = true;
    return isOverloaded;
  }

  #fill(): void {
    const { targetMs } = this.#policies.queue;
    while (this.#queue.size > 0 && this.inFlight < this.#limit.value) {
      if (this.#turn.isLong()) {
        this.#pumpNextTurn();
        break;
      }
      const now = this.#turn.clock.monotonic();
      const next = this.#queue.next(this.#observe(now));
      if (!next) break;
      if (now - next.waitingSince > targetMs) this.#waited++;
      this.inFlight++;
      if (this.inFlight > this.#peak) this.#peak = this.inFlight;
      next.proceed();
    }
    this.#refresh();
  }
}

const CRITICALITIES: readonly Criticality[] = ['critical', 'default', 'sheddable', 'batch'];

/** Places that nobody waits for: for traffic that needs little and must not depend on the rest. */
export class FixedPlaces implements Places {
  inFlight = 0;
  /** Refused since the start. */
  refused = 0;
  readonly #max: number;
  readonly #what: string;

  constructor(what: string, max: number) {
    this.#what = what;
    this.#max = max;
  }

  tryEnter(): boolean {
    if (this.inFlight >= this.#max) return false;
    this.inFlight++;
    return true;
  }

  wait(): boolean {
    this.refused++;
    throw shed(`${this.#max} ${this.#what} are under way already.`, 'full');
  }

  leave(): void {
    this.inFlight--;
  }

  giveUp(): void {}
}

function shed(message: string, reason: string): Failure {
  return Failure.withoutStack('OVERLOADED', 'overloaded', message, { reason });
}
