import * as z from 'zod';

/** One page of a list: as many as people read at once, and as stores give. */
export const PAGE_MAX = 100;
/** Most lines of a saga's history that one answer shows: the newest. */
export const HISTORY_MAX = 1_000;
/** More than any system has consumers times producers times generations. */
const STATUS_ROWS_MAX = 1_000;

/** A service of the system, in kebab-case as contracts name it. */
export const ServiceName = z.string().min(1).max(100);
/** Sagas name themselves: up to 100 visible characters. */
export const SagaKey = z.string().min(1).max(100);
/** A dead letter's id. */
export const LetterKey = z.string().min(1).max(64);
/** Why an operator decided so; stays in the history and the log. */
export const Reason = z.string().min(1).max(500);

const Instant = z.iso.datetime();
const Count = z.int().min(0);

/** Where a saga stands. */
export const SagaState = z.enum(['running', 'compensating', 'done', 'undone', 'resolved']);

/** A saga as operators see it; its data is in the history. */
export const SagaView = z
  .object({
    id: z.string(),
    type: z.string(),
    version: z.int(),
    state: z.string().meta({ description: 'running, compensating, done, undone or resolved.' }),
    stuck: z.boolean(),
    step: z.string(),
    pivoted: z.boolean().meta({ description: 'It can only go forward.' }),
    failures: Count.meta({ description: 'Failed attempts at the present step.' }),
    reason: z.string().meta({ description: 'Why it turned back.' }).optional(),
    startedAt: Instant,
    deadline: Instant,
    nextAt: Instant.meta({ description: 'When it is tried next.' }).optional(),
    endedAt: Instant.optional(),
  })
  .meta({ id: 'SagaView' });

/** One attempt at a step, or what an operator did. */
export const SagaLine = z
  .object({
    step: z.string(),
    direction: z.string().meta({ description: 'do, undo or operator.' }),
    attempt: z.int(),
    status: z.string(),
    key: z.string().meta({ description: 'What keys of its calls begin with; or the operator.' }),
    result: z.string().meta({ description: 'As JSON.' }).optional(),
    at: Instant,
    endedAt: Instant.optional(),
  })
  .meta({ id: 'SagaLine' });

/** An event that was given up, without its data: that may be personal. */
export const DeadLetterView = z
  .object({
    letter: z.string(),
    service: z.string().meta({ description: 'The consumer whose handler failed.' }),
    producer: z.string(),
    event: z.string(),
    topic: z.string(),
    key: z.string(),
    attempts: Count,
    reason: z.string().meta({ description: 'failed, died, invalid or rejected.' }),
    error: z.string(),
    release: z.string().meta({ description: 'What ran when it was given up.' }),
    blocks: z.boolean().meta({ description: 'Later events of its key wait.' }),
    publishedAt: Instant,
    diedAt: Instant,
  })
  .meta({ id: 'DeadLetterView' });

/** How the delivery of one producer's events to one consumer does. */
export const DeliveryRow = z
  .object({
    consumer: z.string(),
    producer: z.string(),
    generation: z.int(),
    role: z.string(),
    state: z.string(),
    position: Count,
    head: Count.meta({ description: 'Absent where another replica pulls.' }).optional(),
    problem: z.string().optional(),
    deadLetters: Count,
    blockedKeys: Count,
    parked: Count,
    oldestUndeliveredMs: Count,
  })
  .meta({ id: 'DeliveryRow' });

/** All deliveries of a process. */
export const DeliveryRows = z.array(DeliveryRow).max(STATUS_ROWS_MAX);

/** Where one service stands. */
export const ServiceHealthView = z
  .object({
    name: z.string(),
    ready: z.boolean(),
    reason: z.string().optional(),
    inFlight: Count,
  })
  .meta({ id: 'ServiceHealthView' });

/** Where a process and its services stand. */
export const ProcessHealth = z.object({
  state: z.string(),
  ready: z.boolean(),
  inFlight: Count,
  services: z.array(ServiceHealthView).max(STATUS_ROWS_MAX),
});
