import * as z from 'zod';

/** One page of a list: as many as people read at once, and as stores give. */
export const PAGE_MAX = 100;
/** Most lines of a saga's history that one answer shows: the newest. */
export const HISTORY_MAX = 1_000;
/** More than any system has consumers times producers times generations. */
export const STATUS_ROWS_MAX = 1_000;

/** More than there are kinds of alarms. */
const ALARMS_MAX = 20;

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

/** An event that was given up, without its data: that is for those who may change something. */
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

/** A dead letter with everything that is kept of it. */
export const DeadLetterDetail = z
  .object({
    ...DeadLetterView.shape,
    generation: z.int(),
    position: Count,
    envelope: z.string().meta({ description: 'The event, CloudEvents 1.0 as JSON.' }),
    stack: z.string().meta({ description: 'Where the handler failed; empty where nothing threw.' }),
  })
  .meta({ id: 'DeadLetterDetail' });

/** A key whose events wait. */
export const ParkedKeyView = z
  .object({
    service: z.string().meta({ description: 'The consumer.' }),
    producer: z.string(),
    generation: z.int(),
    key: z.string(),
    waiting: Count.meta({ description: 'Events that wait.' }),
    deadLetters: Count.meta({ description: 'Dead letters that block it.' }),
    attempts: Count.meta({ description: 'Failed attempts at the first of them.' }),
    nextAt: Instant.meta({ description: 'When it is tried next; absent if blocked.' }).optional(),
    oldestAt: Instant.meta({ description: 'When the oldest was published.' }),
  })
  .meta({ id: 'ParkedKeyView' });

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
    alarms: z
      .array(z.string())
      .max(ALARMS_MAX)
      .meta({ description: 'dead-letters, blocked-keys, late, full, truncated.' }),
  })
  .meta({ id: 'DeliveryRow' });

/** All deliveries. */
export const DeliveryRows = z.array(DeliveryRow).max(STATUS_ROWS_MAX);

/** Sagas of one type that are under way in one state. */
export const SagaCountView = z
  .object({
    service: z.string(),
    type: z.string(),
    state: z.string().meta({ description: 'running or compensating.' }),
    stuck: z.boolean().meta({ description: 'Without progress for too long.' }),
    count: Count,
  })
  .meta({ id: 'SagaCountView' });

/** All counts. */
export const SagaCounts = z.array(SagaCountView).max(STATUS_ROWS_MAX);

/** What is missing from an answer about the whole system, because no process answers for it. */
export const Unanswered = z
  .array(z.object({ service: z.string(), reason: z.string() }).meta({ id: 'UnansweredService' }))
  .max(STATUS_ROWS_MAX)
  .meta({
    description: 'Services of which nothing is in this answer; absent when there are none.',
  });

/** Where one service stands. */
export const ServiceHealthView = z
  .object({
    name: z.string(),
    ready: z.boolean(),
    reason: z.string().optional(),
    inFlight: Count,
    process: z.string().meta({ description: 'Where, if there are several.' }).optional(),
  })
  .meta({ id: 'ServiceHealthView' });

/** Where one process stands. */
export const ProcessHealthView = z
  .object({
    name: z.string(),
    state: z.string().meta({ description: 'As it says itself, or unreachable.' }),
    ready: z.boolean(),
    reason: z.string().meta({ description: 'Why it is unreachable.' }).optional(),
    inFlight: Count,
  })
  .meta({ id: 'ProcessHealthView' });

/** Where the processes and their services stand. */
export const SystemHealth = z.object({
  state: z.string(),
  ready: z.boolean().meta({ description: 'Every service is ready in some process.' }),
  inFlight: Count,
  services: z.array(ServiceHealthView).max(STATUS_ROWS_MAX),
  processes: z
    .array(ProcessHealthView)
    .max(STATUS_ROWS_MAX)
    .meta({ description: 'If there are several: each of them, gateways too.' })
    .optional(),
});
