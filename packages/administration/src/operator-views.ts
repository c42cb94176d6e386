import type { DeadLetter, SagaRecord, SagaStepRecord } from '@portico/store/spi';

/** A saga as operators see it. */
export function toSagaView(saga: SagaRecord) {
  const { id, type, version, state, stuck, step, pivoted, failures, reason } = saga;
  return {
    ...{ id, type, version, state, stuck, step, pivoted, failures },
    ...(reason === undefined ? {} : { reason: `${reason.kind} ${reason.name}: ${reason.message}` }),
    startedAt: toInstant(saga.startedAt),
    deadline: toInstant(saga.deadline),
    ...(saga.nextAt === undefined ? {} : { nextAt: toInstant(saga.nextAt) }),
    ...(saga.endedAt === undefined ? {} : { endedAt: toInstant(saga.endedAt) }),
  };
}

/** A line of its history. */
export function toSagaLine({ result, at, endedAt, ...line }: SagaStepRecord) {
  return {
    ...line,
    ...(result === undefined ? {} : { result: JSON.stringify(result) }),
    at: toInstant(at),
    ...(endedAt === undefined ? {} : { endedAt: toInstant(endedAt) }),
  };
}

/** A dead letter, without the event's data: that may be personal. */
export function toLetterView(dead: DeadLetter) {
  const { letter, consumer, producer, id, topic, key, attempts, reason, error, release } = dead;
  return {
    ...{ letter, service: consumer, producer, event: id, topic, key, attempts, reason, error },
    ...{ release, blocks: dead.blocks },
    publishedAt: toInstant(dead.at),
    diedAt: toInstant(dead.diedAt),
  };
}

function toInstant(at: number): string {
  return new Date(at).toISOString();
}
