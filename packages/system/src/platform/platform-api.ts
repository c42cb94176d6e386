import { operatorOperations } from '@portico/administration';
import { api, operation } from '@portico/contract';
import * as z from 'zod';

/** A name of a service, or of a consumer of events. */
const Name = z.string().min(1).max(100);
/** Names one log of a store; a restored one has another. */
const LogId = z.string().min(1).max(64);
const Position = z.int().min(0);
/** More topics than the API of a producer can have. */
const TOPICS_MAX = 1_000;
/** A page of the log, as stores give it. */
const EVENTS_MAX = 256;
/** An envelope holds a payload within the limits of contracts, and some hundred bytes. */
const ENVELOPE_MAX = 1_048_576;
/** The longest that a fetch waits for events. */
const WAIT_MAX_MS = 10_000;

const Logged = z
  .object({
    pos: Position,
    id: z.string().max(64),
    topic: z.string().max(200),
    key: z.string().max(200),
    envelope: z.string().max(ENVELOPE_MAX).meta({ description: 'CloudEvents 1.0, as JSON.' }),
    at: z.int().meta({ description: 'Unix time in ms.' }),
  })
  .meta({ id: 'LoggedEvent' });

/** Operations × bindings × (buckets and statuses) of a large gateway; what all samples take has 4 MiB. */
const SAMPLES_MAX = 50_000;
const GAUGES_MAX = 1_000;

const Gauge = z
  .object({
    name: z.string().max(200),
    help: z.string().max(1_000),
    samples: z
      .array(
        z.object({
          labels: z.record(z.string().max(100), z.string().max(300)),
          value: z.number(),
          part: z.enum(['bucket', 'sum', 'count']).optional(),
        }),
      )
      .max(SAMPLES_MAX),
  })
  .meta({ id: 'Gauge' });

/**
 * What processes of one system ask each other beside the operations of services. Every process serves it
 * over the wire, for the services placed there; no listener does. What operators ask is here too, each of
 * the questions with its own permission: the operator service passes it on to whoever can answer.
 */
export const Platform = api('portico', {
  version: '1.0.0',
  summary: 'What the processes of one system ask each other.',
  operations: {
    ...operatorOperations,
    readGauges: operation({
      summary: 'The figures of this process and of the services that are placed here.',
      exposure: 'internal',
      effect: 'safe',
      input: z.object({}),
      output: z.object({ gauges: z.array(Gauge).max(GAUGES_MAX) }),
    }),
    fetchEvents: operation({
      summary: 'The next events of a producer that is placed here; waits for them.',
      exposure: 'internal',
      effect: 'safe',
      waits: true,
      timeoutMs: WAIT_MAX_MS + 5_000,
      input: z.object({
        producer: Name,
        consumer: z.string().min(1).max(200),
        topics: z.array(z.string().max(200)).max(TOPICS_MAX),
        logId: LogId.optional(),
        after: Position,
        position: Position,
        limit: z.int().min(1).max(EVENTS_MAX),
        waitMs: z.int().min(0).max(WAIT_MAX_MS),
      }),
      output: z.object({
        kind: z.enum(['events', 'log-changed', 'log-truncated']),
        logId: LogId,
        events: z.array(Logged).max(EVENTS_MAX).optional(),
        through: Position.optional(),
        head: Position.optional(),
        trimmed: Position.optional(),
      }),
    }),
  },
});
