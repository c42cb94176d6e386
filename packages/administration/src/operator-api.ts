import { api, operation } from '@portico/contract';
import * as z from 'zod';
import {
  DeadLetterDetail,
  DeadLetterView,
  DeliveryRows,
  HISTORY_MAX,
  LetterKey,
  PAGE_MAX,
  ParkedKeyView,
  Reason,
  SagaCounts,
  SagaKey,
  SagaLine,
  SagaState,
  SagaView,
  ServiceName,
  SystemHealth,
  Unanswered,
} from './operator-types.ts';

const reads = { exposure: 'admin', access: 'portico:read', effect: 'safe' } as const;
const changes = { exposure: 'admin', access: 'portico:operate', effect: 'idempotent' } as const;
// What waits for a store's writer may take longer than a read.
const slowly = { timeoutMs: 10_000 } as const;

const page = {
  cursor: z.string().max(1024).optional(),
  limit: z.int().min(1).max(PAGE_MAX).optional(),
};
const next = z.string().max(1024).optional();
const unanswered = Unanswered.optional();
const oneSaga = { service: ServiceName, saga: SagaKey };
const oneLetter = z.object({ service: ServiceName, letter: LetterKey });

/**
 * What is asked of an operator: by people, of the system; and by the operator service, of each process.
 * One definition for both, so that what is asked here means the same there.
 */
export const operatorOperations = {
  listSagas: operation({
    ...reads,
    summary: 'Sagas of a service, the newest first.',
    http: 'GET /sagas/{service}',
    input: z.object({
      service: ServiceName,
      type: z.string().max(100).optional(),
      state: SagaState.optional(),
      stuck: z.boolean().optional(),
      ...page,
    }),
    output: z.object({ items: z.array(SagaView).max(PAGE_MAX), next }),
  }),
  getSagaHistory: operation({
    ...reads,
    summary: 'A saga, its data, and what was done for it.',
    http: 'GET /sagas/{service}/{saga}',
    input: z.object(oneSaga),
    output: z.object({
      saga: SagaView,
      data: z.string().meta({ description: 'As JSON.' }),
      history: z.array(SagaLine).max(HISTORY_MAX),
    }),
  }),
  retrySaga: operation({
    ...changes,
    ...slowly,
    summary: 'Tries the present step of a saga again, now.',
    http: 'POST /sagas/{service}/{saga}/retry',
    input: z.object({
      ...oneSaga,
      force: z
        .boolean()
        .meta({ description: 'Also a step of 30 days, whose key may be forgotten.' })
        .optional(),
    }),
  }),
  abortSaga: operation({
    ...changes,
    ...slowly,
    summary: 'Turns a saga back; before its pivot only.',
    http: 'POST /sagas/{service}/{saga}/abort',
    input: z.object({ ...oneSaga, reason: Reason }),
  }),
  resolveSaga: operation({
    ...changes,
    ...slowly,
    summary: 'Ends a saga as it stands, because somebody has settled by hand what was left.',
    http: 'POST /sagas/{service}/{saga}/resolve',
    input: z.object({ ...oneSaga, reason: Reason }),
  }),
  listDeadLetters: operation({
    ...reads,
    summary: 'Events that were given up, the oldest first.',
    http: 'GET /dead-letters',
    input: z.object({ service: ServiceName.optional(), ...page }),
    output: z.object({ items: z.array(DeadLetterView).max(PAGE_MAX), next, unanswered }),
  }),
  getDeadLetter: operation({
    ...reads,
    // Whoever only watches needs neither the event nor the code's innards.
    access: 'portico:operate',
    summary: 'A dead letter with its event and where the handler failed.',
    http: 'GET /dead-letters/{service}/{letter}',
    input: oneLetter,
    output: DeadLetterDetail,
  }),
  listParkedKeys: operation({
    ...reads,
    summary: 'Keys that wait, to be tried again or for an operator, and how many events do.',
    http: 'GET /parked-keys',
    input: z.object({ service: ServiceName.optional(), ...page }),
    output: z.object({ items: z.array(ParkedKeyView).max(PAGE_MAX), next, unanswered }),
  }),
  redriveDeadLetter: operation({
    ...changes,
    ...slowly,
    summary: 'Handles a dead letter again, then what waits behind it.',
    http: 'POST /dead-letters/{service}/{letter}/redrive',
    input: oneLetter,
  }),
  redriveDeadLetters: operation({
    ...changes,
    ...slowly,
    summary: 'Handles all dead letters of a key again; at most 100 at once.',
    http: 'POST /dead-letters/{service}/redrive',
    input: z.object({ service: ServiceName, key: z.string().max(1024) }),
    output: z.object({ redriven: z.int().min(0).max(PAGE_MAX) }),
  }),
  discardDeadLetter: operation({
    ...changes,
    ...slowly,
    summary: 'Gives a dead letter up for good: its key goes on without it.',
    http: 'POST /dead-letters/{service}/{letter}/discard',
    input: oneLetter,
  }),
  replayConsumer: operation({
    ...changes,
    ...slowly,
    effect: 'unsafe',
    summary: 'Lets replayable handlers handle past events again.',
    http: 'POST /consumers/{service}/{producer}/replay',
    input: z.object({
      service: ServiceName,
      producer: ServiceName,
      at: z.iso
        .datetime()
        .meta({ description: 'From what was published then. Else from `after`.' })
        .optional(),
      after: z.int().min(0).meta({ description: 'From behind this position.' }).optional(),
    }),
  }),
  resumeConsumer: operation({
    ...changes,
    ...slowly,
    summary: 'Goes on with what the log has, after events were gone that had not been heard.',
    http: 'POST /consumers/{service}/{producer}/resume',
    input: z.object({ service: ServiceName, producer: ServiceName }),
  }),
  getDeliveryStatus: operation({
    ...reads,
    summary: 'Lag, dead letters and blocked keys of each consumer.',
    http: 'GET /deliveries',
    output: z.object({ rows: DeliveryRows, unanswered }),
  }),
  getSagaCounts: operation({
    ...reads,
    summary: 'How many sagas are under way, by service, type and state.',
    http: 'GET /saga-counts',
    output: z.object({ rows: SagaCounts, unanswered }),
  }),
  getHealth: operation({
    ...reads,
    summary: 'Where the processes and their services stand.',
    http: 'GET /health',
    output: SystemHealth,
  }),
};

/** What operators see of a running system and do about it; on the admin listener only. */
export const Operator = api('operator', {
  version: '1.1.0',
  summary: 'What operators see of sagas, events and health, and do about them.',
  operations: operatorOperations,
});

/** The name of an operation of {@link Operator}. */
export type OperatorCommand = keyof typeof operatorOperations;
