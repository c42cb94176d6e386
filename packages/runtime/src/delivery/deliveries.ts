import type { PlacedRoutes } from '../routes.ts';
import { type Consumer, startConsumer } from './consumer.ts';
import { watchDelivery } from './delivery-alarms.ts';
import type { EventSource } from './event-source.ts';
import { hearingsOf } from './hearing.ts';
import { createLogSource } from './log-source.ts';

/** Where events of services in other processes come from. */
export type FindEventSource = (producer: string) => EventSource | undefined;

/** What event delivery of a process is made of. */
export interface DeliveryOptions {
  /** What runs here, for dead letters. */
  readonly release: string;
  /** For producers that are not in this process. */
  readonly sourceOf: FindEventSource | undefined;
}

/** The delivery of events to the services of a process, and of theirs to others. */
export interface Deliveries {
  readonly consumers: readonly Consumer[];
  /** The log of a service of this process; what the wire answers `fetch` with. */
  sourceOf: FindEventSource;
  start(): void;
  /** Ends after the events under way. */
  stop(): Promise<void>;
}

/** Prepares the delivery of events; nothing is pulled before it is started. */
export function createDeliveries(
  placed: readonly PlacedRoutes[],
  options: DeliveryOptions,
): Deliveries {
  const sources = new Map<string, EventSource>();
  for (const { placement } of placed) {
    const { name, store, around } = placement;
    if (store) sources.set(name, createLogSource(store, around.host));
  }
  const sourceOf = (producer: string) => sources.get(producer) ?? options.sourceOf?.(producer);
  const heard = placed.map((one) => ({ one, hearings: hearingsOf(one) }));
  let consumers: readonly Consumer[] = [];
  let alarms: readonly { stop(): void }[] = [];
  return {
    get consumers() {
      return consumers;
    },
    sourceOf: (producer) => sources.get(producer),
    start() {
      const { release } = options;
      consumers = heard.flatMap(({ one: { placement }, hearings }): Consumer[] => {
        const { store } = placement;
        if (!store || hearings.length === 0) return [];
        return [startConsumer({ placement, store, hearings, release, sourceOf })];
      });
      alarms = placed.flatMap(({ placement }) =>
        consumers
          .filter(({ name }) => name === placement.name)
          .map((consumer) => watchDelivery(consumer, placement)),
      );
    },
    async stop() {
      for (const alarm of alarms) alarm.stop();
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
  };
}
