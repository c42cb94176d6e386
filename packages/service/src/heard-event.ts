import type { Api, PayloadOf } from '@portico/contract';
import type { Uses } from './client.ts';
import type { ServiceContext } from './context.ts';

/** APIs whose events a service gets, by the name it gives them. */
export type Hears = Readonly<Record<string, Api>>;

/** An event as its handler gets it. */
export interface HeardEvent<Payload> {
  readonly id: string;
  readonly payload: Payload;
  readonly key: string;
  /** Unix time in ms. */
  readonly at: number;
}

/**
 * What is done with an event: calls and reads first, one transaction last. It commits together with
 * the note that the event was handled, so the effect is there exactly once. Calls get keys derived from
 * the event. What it throws parks the event's key; {@link reject} gives the event up at once.
 */
export type EventHandler<Payload, Context> = (
  event: HeardEvent<Payload>,
  context: Context,
) => Promise<void>;

/** What may be done with events beside handling them. */
export interface EventPolicy {
  /** Handling events again, from any point of the log, does no harm: operators may replay them. */
  readonly replayable?: boolean;
  /**
   * What happens to later events of a key when one is given up: `block` lets them wait for an operator,
   * `skip` goes on without it. `block` unless said.
   */
  readonly onPoison?: 'block' | 'skip';
}

/** A handler with what may be done with its events beside handling them. */
export interface EventHandling<Payload, Context> extends EventPolicy {
  readonly handle: EventHandler<Payload, Context>;
}

/**
 * What is done with many events at once: those of one kind that follow each other in the log, in its
 * order, at most 256, of any keys. One transaction and one note for all of them, so it suits projections
 * and other work whose cost is the commit. When it fails, the same events come again one at a time (an
 * array of one), so that only those that fail park their keys. Keyed calls need a `key` of their own, made
 * from the event's id: what comes together may come apart when it is repeated.
 */
export type EventBatchHandler<Payload, Context> = (
  events: readonly HeardEvent<Payload>[],
  context: Context,
) => Promise<void>;

/** A handler of many events at once with what may be done with them beside handling them. */
export interface EventBatchHandling<Payload, Context> extends EventPolicy {
  readonly batch: EventBatchHandler<Payload, Context>;
}

/**
 * Handlers of the events that a service hears; any subset, each a function, an {@link EventHandling} or an
 * {@link EventBatchHandling}.
 */
export type EventHandlers<A extends Api, U extends Uses, H extends Hears, S, C> = {
  readonly [K in keyof H]?: {
    readonly [E in keyof H[K]['events']]?:
      | EventHandler<PayloadOf<H[K]['events'][E]>, ServiceContext<A, U, S, C, true>>
      | EventHandling<PayloadOf<H[K]['events'][E]>, ServiceContext<A, U, S, C, true>>
      | EventBatchHandling<PayloadOf<H[K]['events'][E]>, ServiceContext<A, U, S, C, true>>;
  };
};

/** No repetition can help an event: see {@link reject}. */
export class EventRejected extends Error {
  override readonly name = 'EventRejected';
}

/**
 * What a handler throws to give an event up at once: it goes to the dead letters without being tried again.
 *
 * @example
 * if (!order) throw reject(`There is no order ${payload.orderId}.`);
 */
export function reject(reason: string): EventRejected {
  return new EventRejected(reason);
}
