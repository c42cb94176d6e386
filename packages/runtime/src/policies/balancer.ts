import type { Operation } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Replica } from '@portico/service/spi';
import type { EjectionPolicy } from './ejection.ts';
import { type BalancerPolicy, ReplicaRecord } from './replica-record.ts';

/** What a balancer is made of. */
export interface BalancerOptions {
  readonly host: Pick<Host, 'clock' | 'random'>;
  readonly balancer: BalancerPolicy;
  readonly ejection: EjectionPolicy;
}

/** What has to be known of a call to choose a replica for it. */
export interface Choice {
  readonly operation: Operation;
  /** Asked before for the same call: others come first. */
  readonly tried: readonly Replica[];
}

/** Chooses replicas for the calls to one service. */
export interface Balancer {
  /** The replica for the next attempt; `undefined` if none is ready that has the operation. */
  choose(replicas: readonly Replica[], choice: Choice): Replica | undefined;
  /** What is remembered of `replica`. */
  recordOf(replica: Replica): ReplicaRecord;
}

/** Below this, latencies say nothing about replicas. */
const LATENCY_MIN_MS = 0.01;

/**
 * Power of two choices: of two replicas drawn at random the one that costs less, which spreads nearly as
 * evenly as asking all and never sends everybody to the same one (Mitzenmacher, 2001). Cost is latency
 * (peak EWMA) × calls under way × reported load.
 */
export function createBalancer(options: BalancerOptions): Balancer {
  const { host, balancer: policy } = options;
  const records = new WeakMap<Replica, ReplicaRecord>();
  const recordOf = (replica: Replica): ReplicaRecord => {
    let record = records.get(replica);
    if (!record) {
      record = new ReplicaRecord(host, options);
      records.set(replica, record);
    }
    return record;
  };
  const costOf = (replica: Replica, now: number) => {
    const latencyMs = Math.max(LATENCY_MIN_MS, recordOf(replica).latencyMs(now));
    return latencyMs * (replica.inFlight + 1) * Math.max(policy.loadMin, replica.load);
  };
  const cheaperOf = (one: Replica, other: Replica, now: number): Replica => {
    const isOne = costOf(one, now) <= costOf(other, now);
    const [better, worse] = isOne ? [one, other] : [other, one];
    // A replica that has just come gets a growing part of the calls it would win.
    const share = recordOf(better).share(now) / recordOf(worse).share(now);
    return share >= 1 || host.random.float() < share ? better : worse;
  };
  return {
    recordOf,
    choose(replicas, choice) {
      const now = host.clock.monotonic();
      const eligible = eligibleOf(replicas, {
        ...choice,
        isEjected: (replica) => recordOf(replica).ejection.isEjected(now),
        isBeingProbed: (replica) => recordOf(replica).isBeingProbed,
      });
      if (eligible.length <= 1) return eligible[0];
      const first = Math.floor(host.random.float() * eligible.length);
      const others = eligible.length - 1;
      const second = (first + 1 + Math.floor(host.random.float() * others)) % eligible.length;
      return cheaperOf(eligible[first] as Replica, eligible[second] as Replica, now);
    },
  };
}

interface Eligibility extends Choice {
  isEjected(replica: Replica): boolean;
  isBeingProbed(replica: Replica): boolean;
}

/**
 * Those with the least against them. Somebody is always asked: being ejected, tried before, suspect or
 * unproven only puts a replica behind others. Where more than half are ejected the fault is not theirs.
 */
function eligibleOf(replicas: readonly Replica[], eligibility: Eligibility): readonly Replica[] {
  const { operation, tried, isEjected, isBeingProbed } = eligibility;
  const ready = replicas.filter((one) => one.state === 'ready' && one.serves(operation));
  if (ready.length <= 1) return ready;
  const isEjectionTrusted = 2 * ready.filter(isEjected).length <= ready.length;
  let least = Number.POSITIVE_INFINITY;
  let eligible: Replica[] = [];
  for (const replica of ready) {
    const against =
      (isEjectionTrusted && isEjected(replica) ? 8 : 0) +
      (tried.includes(replica) ? 4 : 0) +
      (replica.suspect ? 2 : 0) +
      (isBeingProbed(replica) ? 1 : 0);
    if (against > least) continue;
    if (against < least) eligible = [];
    least = against;
    eligible.push(replica);
  }
  return eligible;
}
