import type { Event } from '@portico/contract';
import type { StoreTransaction } from '@portico/store/spi';
import { REFUSED } from './copy-json.ts';
import { listed } from './entry.ts';
import { raiseMistake } from './failures.ts';
import type { Invocation } from './invocation.ts';
import { toTraceparent } from './trace.ts';

/**
 * Appends an event to the service's log, within the effect's transaction. The payload is checked and
 * copied like any output: one that does not fit is a mistake of the service, and nothing commits.
 */
export async function publish(
  invocation: Invocation,
  transaction: StoreTransaction,
  { name, payload }: { readonly name: string; readonly payload: unknown },
): Promise<void> {
  const { placement } = invocation;
  const { events, version } = placement.service.api;
  const event = Object.hasOwn(events, name) ? events[name] : undefined;
  if (!event) {
    throw raiseMistake(invocation, 'unknown-event', `the contract has no event "${name}".`);
  }
  const type = placement.payloadType(event);
  const data = type.copy(payload);
  if (data === REFUSED) {
    const message = `the payload of ${event.id} does not fit: ${listed(type, payload)}`;
    throw raiseMistake(invocation, 'invalid-event', message);
  }
  const { host } = placement.around;
  const id = host.ids.uuid();
  const key = String((data as Record<string, unknown>)[event.key]);
  const envelope = toEnvelope({ invocation, event, version, id, key, data });
  await transaction.append({ id, topic: event.id, key, envelope });
}

interface EnvelopeParts {
  readonly invocation: Invocation;
  readonly event: Event;
  readonly version: string;
  readonly id: string;
  readonly key: string;
  readonly data: unknown;
}

/**
 * CloudEvents 1.0, JSON format, structured mode, with its extensions `partitionkey` and `traceparent`.
 * `correlationid` is the trace that all of this happened in, `causationid` the event whose handler
 * published. `pos` and `logid` are added when the log is read.
 */
function toEnvelope({ invocation, event, version, id, key, data }: EnvelopeParts): string {
  const { delivery, placement } = invocation;
  const { around, name: service } = placement;
  const { system, host } = around;
  const major = version.slice(0, version.indexOf('.'));
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `/${system}/${service}`,
    type: `${system}.${event.id}.v${major}`,
    subject: key,
    partitionkey: key,
    time: new Date(host.clock.now()).toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:portico:${system}:${event.api}:${version}:${event.name}`,
    traceparent: toTraceparent(invocation.trace),
    correlationid: invocation.trace.traceId,
    ...(delivery?.eventId === undefined ? {} : { causationid: delivery.eventId }),
    data,
  });
}
