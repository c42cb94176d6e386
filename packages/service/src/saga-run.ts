import type { Clock, Ids, Random } from '@portico/host';
import type { Logger } from './logger.ts';
import type { SagaReason } from './saga-reason.ts';

/** Which saga is at work, and what its machine gives. What a pivot gets beside data and transaction. */
export interface SagaRun {
  readonly sagaId: string;
  /** Unix time in ms. */
  readonly startedAt: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
}

/** What `undone` gets beside data and transaction. */
export interface UndoneRun extends SagaRun {
  /** Why the saga turned back. */
  readonly reason: SagaReason;
}
