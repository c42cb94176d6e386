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

/** A handler with what may be done with its events beside handling them. */
export interface EventHandling<Payload, Context> {
  readonly handle: EventHandler<Payload, Context>;
  /** Handling events again, from any point of the log, does no harm: operators may replay them. */
  readonly replayable?: boolean;
  /**
   * What happens to later events of a key when one is given up: `block` lets them wait for an operator,
   * `skip` goes on without it. `block` unless said.
   */
  readonly onPoison?: 'block' | 'skip';
}

/** Handlers of the events that a service hears; any subset, each a function or an {@link EventHandling}. */
export type EventHandlers<A extends Api, U extends Uses, H extends Hears, S, C> = {
  readonly [K in keyof H]?: {
    readonly [E in keyof H[K]['events']]?:
      | EventHandler<PayloadOf<H[K]['events'][E]>, ServiceContext<A, U, S, C, true>>
      | EventHandling<PayloadOf<H[K]['events'][E]>, ServiceContext<A, U, S, C, true>>;
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
