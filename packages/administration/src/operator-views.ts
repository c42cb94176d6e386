import type { DeadLetter, ParkedKey, SagaRecord, SagaStepRecord } from '@portico/store/spi';

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

/** A dead letter as lists show it: without the event's data. */
export function toLetterView(dead: DeadLetter) {
  const { letter, consumer, producer, id, topic, key, attempts, reason, error, release } = dead;
  return {
    ...{ letter, service: consumer, producer, event: id, topic, key, attempts, reason, error },
    ...{ release, blocks: dead.blocks },
    publishedAt: toInstant(dead.at),
    diedAt: toInstant(dead.diedAt),
  };
}

/** A dead letter with everything that is kept of it. */
export function toLetterDetail(dead: DeadLetter) {
  const { generation, pos, envelope, stack } = dead;
  return { ...toLetterView(dead), generation, position: pos, envelope, stack };
}

/** A key whose events wait. */
export function toParkedView({ consumer, nextAt, oldestAt, ...parked }: ParkedKey) {
  return {
    ...parked,
    service: consumer,
    ...(nextAt === undefined ? {} : { nextAt: toInstant(nextAt) }),
    oldestAt: toInstant(oldestAt),
  };
}

function toInstant(at: number): string {
  return new Date(at).toISOString();
}
