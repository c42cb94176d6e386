import type { Event } from '@portico/contract';
import type {
  EventBatchHandler,
  EventBatchHandling,
  EventHandler,
  EventHandling,
  EventPolicy,
} from '@portico/service';
import type { LoggedEvent } from '@portico/store/spi';
import { REFUSED } from '../copy-json.ts';
import { listed } from '../entry.ts';
import type { PlacedRoutes } from '../routes.ts';
import { createValueTypes, type ValueType, type ValueTypes } from '../value-types.ts';
import { dropUnknown } from './drop-unknown.ts';

/** What one service hears of one other. */
export interface Hearing {
  readonly consumer: string;
  readonly producer: string;
  readonly placed: PlacedRoutes;
  /** By topic: `catalog.ProductRetired`. */
  readonly topics: ReadonlyMap<string, HeardTopic>;
}

/** One kind of event that a service handles. */
export interface HeardTopic extends Required<EventPolicy> {
  readonly topic: string;
  /** Several events may be handled in one run; else it is always one. */
  readonly isBatched: boolean;
  readonly handle: EventBatchHandler<unknown, unknown>;
  /** @throws {InvalidEvent} when the envelope or its data is not what the consumer's contract says. */
  read(event: LoggedEvent): HeardData;
}

/** What is in an envelope, as far as handling needs it. */
export interface HeardData {
  readonly payload: unknown;
  /** W3C `traceparent` of whoever published it. */
  readonly traceparent: string | undefined;
}

/** Data that does not fit; no repetition helps. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** Everything that a service hears: an entry for each API with handlers. */
export function hearingsOf(placed: PlacedRoutes): readonly Hearing[] {
  const { service, name } = placed.placement;
  const byProducer = new Map<string, Map<string, HeardTopic>>();
  for (const [alias, handlers] of Object.entries(service.spec.on ?? {})) {
    const api = service.spec.hears?.[alias];
    if (!api || !handlers) continue;
    const types = createValueTypes(api);
    const topics = byProducer.get(api.name) ?? new Map<string, HeardTopic>();
    for (const [eventName, handling] of Object.entries(handlers)) {
      const event = Object.hasOwn(api.events, eventName) ? api.events[eventName] : undefined;
      if (!event || !handling) continue;
      topics.set(event.id, {
        topic: event.id,
        read: createReader(event, types, api.types),
        ...toHandling(handling as Handling),
      });
    }
    if (topics.size > 0) byProducer.set(api.name, topics);
  }
  return [...byProducer].map(([producer, topics]) => ({
    consumer: name,
    producer,
    placed,
    topics,
  }));
}

type Handling =
  | EventHandler<unknown, unknown>
  | EventHandling<unknown, unknown>
  | EventBatchHandling<unknown, unknown>;

function toHandling(handling: Handling): Omit<HeardTopic, 'topic' | 'read'> {
  if (typeof handling === 'function') return toHandling({ handle: handling });
  const { replayable = false, onPoison = 'block' } = handling;
  const policy = { replayable, onPoison };
  if ('batch' in handling) {
    return {
      ...policy,
      isBatched: true,
      handle: (events, context) => handling.batch(events, context),
    };
  }
  const handle: HeardTopic['handle'] = async (events, context) => {
    for (const event of events) await handling.handle(event, context);
  };
  return { ...policy, isBatched: false, handle };
}

/** Checks against the consumer's own contract, which may be older than the producer's. */
function createReader(
  event: Event,
  types: ValueTypes,
  named: Parameters<typeof dropUnknown>[2],
): HeardTopic['read'] {
  let type: ValueType | undefined;
  return ({ envelope }) => {
    const { data, traceparent } = parseEnvelope(envelope);
    type ??= types.compile(event.payload);
    const known = dropUnknown(data, event.payload.shape, named);
    const payload = type.copy(known);
    if (payload === REFUSED) {
      throw new InvalidEvent(`The data of ${event.id} does not fit: ${listed(type, known)}`);
    }
    return { payload, traceparent: typeof traceparent === 'string' ? traceparent : undefined };
  };
}

function parseEnvelope(text: string): { readonly data?: unknown; readonly traceparent?: unknown } {
  try {
    const envelope: unknown = JSON.parse(text);
    if (typeof envelope === 'object' && envelope !== null) return envelope;
  } catch {
    // Told below.
  }
  throw new InvalidEvent('The envelope is not a JSON object.');
}
