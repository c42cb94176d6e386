import { STEP_TIMEOUT_MS } from '@portico/service';

/**
 * How long the runtime's own work takes, waits and lasts, in ms. Each has a default that suits production;
 * simulations draw them, and tests make them short.
 */
export interface Timings {
  /** A lease that stood still for so long is over: its holder has died, or stalls. */
  readonly leaseMs: number;
  /** Holders make theirs longer this often: two renewals may fail. */
  readonly leaseRenewMs: number;
  /** Others look this often whether a lease has changed. */
  readonly leaseLookMs: number;
  /** The longest that a job or a hook may run. */
  readonly jobTimeoutMs: number;
  /** The longest that a handler may take with an event. */
  readonly eventTimeoutMs: number;
  /** When a parked event is tried again, from its last failure on; after the last of these never. ± 20 %. */
  readonly eventRetriesMs: readonly number[];
  /** How often sagas are looked for that nobody has announced. */
  readonly sagaSweepMs: number;
  /** A step without an answer is tried again after this, twice as long each time. ± 20 %. */
  readonly sagaRetryFirstMs: number;
  /** But never later than this. */
  readonly sagaRetryLastMs: number;
  /** A stuck saga is tried this often: an operator knows of it. */
  readonly sagaStuckRetryMs: number;
  /** The longest that a pivot, or what ends a saga undone, may take; steps have limits of their own. */
  readonly sagaPivotTimeoutMs: number;
}

/** What holds unless something else is said. */
export const TIMINGS: Timings = {
  leaseMs: 10_000,
  leaseRenewMs: 3_000,
  leaseLookMs: 1_000,
  jobTimeoutMs: 60_000,
  eventTimeoutMs: 30_000,
  eventRetriesMs: [1_000, 5_000, 25_000, 120_000, 600_000],
  sagaSweepMs: 1_000,
  sagaRetryFirstMs: 1_000,
  sagaRetryLastMs: 60_000,
  sagaStuckRetryMs: 600_000,
  sagaPivotTimeoutMs: STEP_TIMEOUT_MS,
};
