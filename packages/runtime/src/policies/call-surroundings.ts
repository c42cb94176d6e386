import type { FailureClass } from '@portico/contract';
import type { DeadlineWheel, Host } from '@portico/host';
import type { Replica } from '@portico/service/spi';
import type { Balancer } from './balancer.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { CallerPolicies } from './defaults.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Throttle } from './throttle.ts';

/** What the calls to one service share. */
export interface CallSurroundings {
  readonly host: Pick<Host, 'clock' | 'timers' | 'random'>;
  readonly service: string;
  readonly wheel: DeadlineWheel;
  readonly policies: CallerPolicies;
  readonly replicas: () => readonly Replica[];
  readonly bulkhead: Bulkhead;
  readonly throttle: Throttle;
  readonly budget: RetryBudget;
  readonly balancer: Balancer;
  readonly counts: CallCounts;
}

/** Counters of a remote caller. */
export interface CallCounts {
  sent: number;
  succeeded: number;
  retried: number;
  ejected: number;
  readonly failed: Partial<Record<FailureClass, number>>;
}
