import type { FailureReason } from './order-states.ts';
import type { OrderRow, OrdersTransaction, SagaRow } from './tables.ts';
import type { Reason } from './transitions.ts';
import type { OrdersContext } from './uses.ts';

/** What a step works with. */
export interface Work {
  readonly order: OrderRow;
  readonly saga: SagaRow;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  /** Minor units that a refund is about. */
  readonly amount: number | undefined;
  /** Unix ms at the beginning of this attempt. */
  readonly now: number;
  /** Calls other services. Steps write only through `keep`. */
  readonly uses: OrdersContext['uses'];
}

/**
 * Keeps what a step has learnt, in the transaction that also moves the saga on. What it returns
 * replaces the step's result: the order may have changed since the step began.
 */
export type Keep = (
  transaction: OrdersTransaction,
  order: OrderRow,
  why: Reason,
) => Promise<StepResult | undefined>;

/** How an attempt at a step has ended. */
export type StepResult =
  | { readonly kind: 'done'; readonly keep?: Keep }
  /** The same step again, after a while or when somebody wakes it. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly keep?: Keep }
  /** For good: what was done is undone in reverse order. */
  | { readonly kind: 'fail'; readonly reason: FailureReason | 'cancelled'; readonly keep?: Keep }
  /** The saga ends here; something else goes on. */
  | { readonly kind: 'end'; readonly keep?: Keep };

/** One named step. */
export interface Step {
  readonly name: string;
  run(work: Work): Promise<StepResult>;
  /** Repeated until it succeeds; also for a step whose outcome is unknown. */
  undo?(work: Work): Promise<Keep | undefined>;
  /** Attempts without an answer end after this; `undefined` for steps that can only succeed later. */
  readonly limit?: { readonly ms: number; readonly reason: FailureReason };
}

/** A sequence of steps. */
export interface SagaDefinition {
  readonly steps: readonly Step[];
  /** After everything was undone. */
  readonly undone?: Keep;
}
