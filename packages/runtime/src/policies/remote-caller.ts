import type { FailureClass, Operation } from '@portico/contract';
import { createDeadlineWheel, type DeadlineWheel, type Host } from '@portico/host';
import type { Call } from '@portico/service';
import type { Replica } from '@portico/service/spi';
import { type Balancer, createBalancer } from './balancer.ts';
import { Bulkhead } from './bulkhead.ts';
import type { CallCounts, CallSurroundings } from './call-surroundings.ts';
import { type Adjusted, adjust, CALLER_DEFAULTS, type CallerPolicies } from './defaults.ts';
import { RemoteCall } from './remote-call.ts';
import { RetryBudget } from './retry-budget.ts';
import { Throttle } from './throttle.ts';

/** What a remote caller is made of. */
export interface RemoteCallerOptions {
  readonly host: Pick<Host, 'clock' | 'timers' | 'random'>;
  /** The service that is called. */
  readonly service: string;
  /** Those that calls may be given to now, but for what each says itself. */
  readonly replicas: () => readonly Replica[];
  /** What differs from {@link CALLER_DEFAULTS}. */
  readonly policies?: Adjusted<CallerPolicies>;
  /** One for all callers of a process saves timers. */
  readonly wheel?: DeadlineWheel;
}

/** Calls one service in other processes. */
export interface RemoteCaller {
  /**
   * Calls `operation` on one of the replicas. `call` is the caller's own: its deadline is when the caller
   * itself must answer, its attempt above 1 when somebody further out repeats.
   * @throws {Failure} (as a rejection) and nothing else; at the deadline at the latest, whatever the
   * replica does.
   */
  call(operation: Operation, input: unknown, call: Call): Promise<unknown>;
  stats(): RemoteCallerStats;
}

/** What became of the calls to a service since the start. */
export interface RemoteCallerStats {
  readonly inFlight: number;
  /** Attempts given to a replica. */
  readonly sent: number;
  readonly succeeded: number;
  /** How calls failed, as their callers learned it. */
  readonly failed: Readonly<Partial<Record<FailureClass, number>>>;
  /** Refused here because too many were under way. */
  readonly bulkheadRefused: number;
  /** Refused here because the service accepts few. */
  readonly throttled: number;
  /** Attempts after the first. */
  readonly retried: number;
  /** Not repeated because the budget was empty. */
  readonly budgetRefused: number;
  readonly ejected: number;
  readonly replicas: readonly ReplicaStats[];
}

/** One replica as a caller sees it. */
export interface ReplicaStats {
  readonly name: string;
  readonly latencyMs: number;
  readonly isEjected: boolean;
  /** How often it was ejected. */
  readonly ejections: number;
  /** Attempts that have ended since the start, and those that say that it is unwell. */
  readonly calls: number;
  readonly failures: number;
  /** Of its latest answers. */
  readonly p95Ms: number;
}

/**
 * The way of a call to another process: deadline, bulkhead, throttle, then attempts, each on the replica
 * that the balancer chooses, repeated within the budget.
 */
export function createRemoteCaller(options: RemoteCallerOptions): RemoteCaller {
  const { host, service, replicas } = options;
  const policies = adjust(CALLER_DEFAULTS, options.policies);
  const counts: CallCounts = { sent: 0, succeeded: 0, retried: 0, ejected: 0, failed: {} };
  const around: CallSurroundings = {
    host,
    service,
    wheel: options.wheel ?? createDeadlineWheel(host),
    policies,
    replicas,
    bulkhead: new Bulkhead(service, policies.bulkhead.inFlightMax),
    throttle: new Throttle(service, host, policies.throttle),
    budget: new RetryBudget(host, policies.retryBudget),
    balancer: createBalancer({ host, ...policies }),
    counts,
  };
  return {
    call: (operation, input, call) => new RemoteCall(around, { operation, input, call }).run(),
    stats: () => toStats(around),
  };
}

function toStats(around: CallSurroundings): RemoteCallerStats {
  const { host, counts, bulkhead, throttle, budget, balancer } = around;
  const now = host.clock.monotonic();
  return {
    inFlight: bulkhead.inFlight,
    ...counts,
    failed: { ...counts.failed },
    bulkheadRefused: bulkhead.refused,
    throttled: throttle.refused,
    budgetRefused: budget.refused,
    replicas: around.replicas().map((replica) => {
      const { ejection, ...record } = statsOf(balancer, replica, now);
      return { ...record, isEjected: ejection.isEjected(now), ejections: ejection.times };
    }),
  };
}

function statsOf(balancer: Balancer, replica: Replica, now: number) {
  const record = balancer.recordOf(replica);
  const { ejection, calls, failures } = record;
  const p95Ms = record.p95Ms();
  return { name: replica.name, latencyMs: record.latencyMs(now), calls, failures, p95Ms, ejection };
}
