import type { SagaReason } from './saga-reason.ts';

/** Where a saga stands. Times are Unix time in ms. */
export interface SagaView {
  readonly id: string;
  /** The name of its definition. */
  readonly type: string;
  readonly version: number;
  /** `undone`: it turned back and nothing of it is left; `resolved`: an operator has ended it. */
  readonly state: 'running' | 'compensating' | 'done' | 'undone' | 'resolved';
  /** The step that is to be done, or undone; empty when all is undone. */
  readonly step: string;
  /** Whether its pivot has passed: only forward. */
  readonly pivoted: boolean;
  /** It has been without an answer for so long that an operator should look. */
  readonly stuck: boolean;
  readonly queue: string | undefined;
  /** Why it turned back. */
  readonly reason: SagaReason | undefined;
  readonly startedAt: number;
  /** When it turns back unless its pivot has passed. */
  readonly deadline: number;
  readonly endedAt: number | undefined;
}

/** Which sagas a service wants to see, in the order of their ids. */
export interface SagaQuery {
  readonly queue?: string;
  /** Those that have not ended, or those that have. */
  readonly live?: boolean;
  /** Only those whose id comes after this one. */
  readonly after?: string;
  /** At most 1,000; default 100. */
  readonly limit?: number;
}

/** A service's own sagas, for reading. They are kept for 30 days after their end. */
export interface SagaReader {
  find(id: string): Promise<SagaView | undefined>;
  list(query?: SagaQuery): Promise<readonly SagaView[]>;
  /**
   * Resolves when this process has moved the saga on, or after `atMostMs`, and after 500 ms at the latest,
   * since what other processes do is not heard of: then it is to be read again. Begin to wait before
   * you read, and nothing is missed in between.
   */
  moved(id: string, atMostMs: number): Promise<void>;
}
