import type { Failure, Operation } from '@portico/contract';
import type { Host } from '@portico/host';
import { Ejection, type EjectionPolicy } from './ejection.ts';
import { PeakEwma } from './peak-ewma.ts';

/** How replicas are compared, and how carefully new ones are begun with. */
export interface BalancerPolicy {
  /** What is remembered of latencies. */
  readonly latencyMemoryMs: number;
  /** How long it takes from the first answer of a replica until it gets its full share. */
  readonly slowStartMs: number;
  /** The share of a replica that has just answered for the first time. */
  readonly slowStartShare: number;
  /** No replica counts as less loaded than this: an idle one must not draw everybody. */
  readonly loadMin: number;
}

/** How an attempt ended: with an answer, with a failure of the replica's, or given up by its caller. */
export type AttemptEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly isUnanswered: boolean }
  | { readonly kind: 'given-up' };

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly operation: Operation;
  readonly tookMs: number;
  /** Whether the replica could be reached when it failed. */
  readonly isConnected: boolean;
  readonly end: AttemptEnd;
}

/** Answers whose latency is kept: enough for a 95th percentile. */
const RECENT = 128;

/** What a process remembers of one replica that it calls. */
export class ReplicaRecord {
  readonly ejection: Ejection;
  /** Attempts that were answered or have failed, since the start. */
  calls = 0;
  /** Those that say that it is unwell. */
  failures = 0;
  readonly #recent = new Float64Array(RECENT);
  readonly #host: Pick<Host, 'clock' | 'random'>;
  readonly #policy: BalancerPolicy;
  readonly #latency: PeakEwma;
  /** When it first answered: at all, or since it was ejected. */
  #provenAt: number | undefined;
  #underWay = 0;

  constructor(
    host: Pick<Host, 'clock' | 'random'>,
    {
      balancer,
      ejection,
    }: { readonly balancer: BalancerPolicy; readonly ejection: EjectionPolicy },
  ) {
    this.#host = host;
    this.#policy = balancer;
    this.#latency = new PeakEwma(balancer.latencyMemoryMs);
    this.ejection = new Ejection(host, ejection);
  }

  /** It has not answered yet, and somebody is asking it already. */
  get isBeingProbed(): boolean {
    return this.#provenAt === undefined && this.#underWay > 0;
  }

  /** Latency in ms at `now`; 0 while nothing is known. */
  latencyMs(now: number): number {
    return this.#latency.at(now);
  }

  /** What 19 of 20 of its latest answers took at most, in ms; 0 while there are none. */
  p95Ms(): number {
    const known = this.#recent.slice(0, Math.min(this.calls, RECENT)).sort();
    return known[Math.ceil(known.length * 0.95) - 1] ?? 0;
  }

  /** What part of its share it gets: it warms up after its first answer. */
  share(now: number): number {
    if (this.#provenAt === undefined) return 1;
    const { slowStartMs, slowStartShare } = this.#policy;
    return Math.min(1, Math.max(slowStartShare, (now - this.#provenAt) / slowStartMs));
  }

  began(): void {
    this.#underWay++;
  }

  /** @returns whether it is ejected for how the attempt ended. */
  ended({ operation, tookMs, isConnected, end }: EndedAttempt): boolean {
    this.#underWay--;
    if (end.kind === 'given-up') return false;
    const now = this.#host.clock.monotonic();
    if (!operation.waits) this.#recent[this.calls++ % RECENT] = tookMs;
    if (end.kind === 'answered') {
      this.#provenAt ??= now;
      // How long a waiting operation takes says nothing about the replica.
      if (!operation.waits) this.#latency.add(tookMs, now);
      this.ejection.answered();
      return false;
    }
    // Otherwise the replica that fails fastest would look best.
    this.#latency.add(Math.max(tookMs, operation.timeoutMs), now);
    const isUnreachable = end.failure.class === 'NOT_SENT' && !isConnected;
    if (!isUnreachable && !countsAgainst(end)) {
      this.ejection.answered();
      return false;
    }
    this.failures++;
    const hasFailedProbe = this.#provenAt === undefined && this.ejection.times > 0;
    const isEjected =
      isUnreachable || hasFailedProbe ? this.ejection.eject() : this.ejection.failed();
    if (isEjected) this.#provenAt = undefined;
    return isEjected;
  }
}

/** Whether a failure says that the replica is unwell; others say that it is busy, or about to stop. */
function countsAgainst(end: Extract<AttemptEnd, { kind: 'failed' }>): boolean {
  switch (end.failure.class) {
    case 'UNAVAILABLE':
    case 'BUG':
      return true;
    case 'DEADLINE':
      return end.isUnanswered;
    default:
      return false;
  }
}
