import type { Random } from '@portico/host';
import type { Saga, StepDefinition } from '@portico/service';
import type { SagaPlace, SagaRecord, StoredReason } from '@portico/store/spi';
import { spread } from '../spread.ts';
import type { Timings } from '../timings.ts';

/**
 * Callees keep what a derived key came to for 30 days. Shortly before, nothing may rest on it any more: a
 * repetition could be a second effect, an undo could find nothing to undo.
 */
export const KEY_TRUSTED_MS = 29.5 * 24 * 3_600_000;

/** How an attempt at a step has ended. `data` is the saga's whole data after it. */
export type Ending =
  | { readonly kind: 'done'; readonly data: unknown }
  | {
      readonly kind: 'waiting';
      readonly data: unknown;
      readonly forMs: number;
      /** Whether a repetition rests on keys. */
      readonly hasCalledKeyed: boolean;
    }
  /** For good: before the pivot it turns the saga back. */
  | { readonly kind: 'refused'; readonly reason: Omit<StoredReason, 'step'> }
  /** Nobody knows: the same again. */
  | { readonly kind: 'failed'; readonly problem: string }
  /** Its process was drained: somebody else does the same again. */
  | { readonly kind: 'interrupted' };

/** When an attempt was begun, and when it has ended. Unix time in ms. */
export interface AttemptTimes {
  readonly begunAt: number;
  readonly now: number;
  /** How often the saga had been woken when it began. */
  readonly wakes: number;
  readonly random: Random;
  readonly timings: Timings;
}

const FRESH = { attempts: 0, failures: 0, troubleAt: undefined, stuck: false } as const;

/** Where a saga stands after an attempt. */
export function afterAttempt(
  saga: SagaRecord,
  { definition, ending }: { readonly definition: Saga; readonly ending: Ending },
  times: AttemptTimes,
): SagaPlace {
  const { now, wakes } = times;
  const mayTurn = saga.state === 'running' && !saga.pivoted;
  const data = ending.kind === 'done' || ending.kind === 'waiting' ? ending.data : saga.data;
  if (mayTurn && saga.abort)
    return turnBack({ ...saga, data }, definition, { reason: saga.abort, now });
  switch (ending.kind) {
    case 'done':
      return moveOn({ ...saga, data }, definition, now);
    case 'waiting': {
      const calls = ending.hasCalledKeyed || saga.stepAt !== times.begunAt;
      const stepAt = calls ? saga.stepAt : undefined;
      const until = Number.isFinite(ending.forMs) ? now + ending.forMs : undefined;
      const nextAt = saga.wakes === wakes ? until : now;
      return { ...saga, ...FRESH, attempts: saga.attempts, data, stepAt, nextAt };
    }
    case 'refused': {
      const { name, message } = ending.reason;
      if (!mayTurn) return tryAgain(saga, definition, times);
      const reason = { kind: ending.reason.kind, name, message, step: saga.step };
      return turnBack(saga, definition, { reason, now });
    }
    case 'failed': {
      const over = mayTurn ? limitOf(saga, definition, now) : undefined;
      return over
        ? turnBack(saga, definition, { reason: over, now })
        : tryAgain(saga, definition, times);
    }
    case 'interrupted': {
      const failures = Math.max(0, saga.failures - 1);
      const troubleAt = failures === 0 ? undefined : saga.troubleAt;
      return { ...saga, failures, troubleAt, nextAt: now };
    }
  }
}

/** The reason to turn back when a step has been without an answer for as long as it may. */
function limitOf(saga: SagaRecord, definition: Saga, now: number): StoredReason | undefined {
  const step = findStep(definition, saga.step);
  if (step?.kind !== 'step') return undefined;
  const lastedMs = now - (saga.troubleAt ?? now);
  if (saga.failures < step.attemptsMax && lastedMs < step.limitMs) return undefined;
  const message = 'The step stayed without an answer for as long as it may.';
  return { kind: 'limit', name: 'TimedOut', message, step: saga.step };
}

function tryAgain(saga: SagaRecord, definition: Saga, times: AttemptTimes) {
  const { now, wakes, timings } = times;
  const troubleAt = saga.troubleAt ?? now;
  const stuck = saga.stuck || now - troubleAt >= definition.stuckMs;
  const delayMs = stuck ? timings.sagaStuckRetryMs : retryDelayMs(saga.failures, times);
  const nextAt = saga.wakes === wakes ? now + delayMs : now;
  return { ...saga, troubleAt, stuck, nextAt };
}

/** How long to wait after so many failures in a row: twice as long each time, up to a limit. ± 20 %. */
export function retryDelayMs(
  failures: number,
  { random, timings }: Pick<AttemptTimes, 'random' | 'timings'>,
): number {
  const { sagaRetryFirstMs, sagaRetryLastMs } = timings;
  return spread(
    Math.min(sagaRetryLastMs, sagaRetryFirstMs * 2 ** Math.min(failures - 1, 10)),
    random,
  );
}

/** To the next step in its direction, or to its end. */
function moveOn(saga: SagaPlace, { steps }: Saga, now: number): SagaPlace {
  const index = steps.findIndex(({ name }) => name === saga.step);
  if (saga.state === 'compensating') {
    if (saga.step === '') return end(saga, 'undone', now);
    return { ...saga, ...FRESH, step: steps[index - 1]?.name ?? '', nextAt: now };
  }
  const pivoted = saga.pivoted || steps[index]?.kind === 'pivot';
  const next = steps[index + 1];
  if (!next) return end({ ...saga, pivoted }, 'done', now);
  return { ...saga, ...FRESH, pivoted, step: next.name, stepAt: undefined, nextAt: now };
}

function end(saga: SagaPlace, state: SagaPlace['state'], now: number): SagaPlace {
  const place = { step: state === 'undone' ? '' : saga.step, abort: undefined, stepAt: undefined };
  return { ...saga, ...FRESH, ...place, state, nextAt: undefined, endedAt: now };
}

type Turning = SagaPlace & { readonly startedAt: number };

/** From here on what was done is undone: first the step it stands at, if that has begun. */
function turnBack(
  saga: Turning,
  { steps }: Saga,
  { reason, now }: { readonly reason: StoredReason; readonly now: number },
): SagaPlace {
  const index = steps.findIndex(({ name }) => name === saga.step);
  const step = saga.attempts > 0 ? saga.step : (steps[index - 1]?.name ?? '');
  const why = { reason: { ...reason, step: reason.step || saga.step }, abort: undefined };
  // No key of its calls is older than the saga itself.
  const stepAt = saga.startedAt;
  return { ...saga, ...FRESH, ...why, state: 'compensating', step, stepAt, nextAt: now };
}

/**
 * Moves a saga past everything that needs no attempt: steps with nothing to undo, pivots that only mark
 * the point; turns it back when it was given up or is too late; ends it.
 */
export function settlePlace(
  saga: Turning & { readonly deadline: number },
  definition: Saga,
  now: number,
): SagaPlace {
  let place: SagaPlace = saga;
  if (place.state === 'running' && !place.pivoted) {
    const reason = place.abort ?? (now >= saga.deadline ? lateness(place) : undefined);
    if (reason) place = turnBack(saga, definition, { reason, now });
  }
  while (place.endedAt === undefined) {
    const step = findStep(definition, place.step);
    const isMark = step?.kind === 'pivot' && step.work === undefined;
    const isNothing = step ? step.kind === 'pivot' || step.undo === undefined : !definition.undone;
    if (place.state === 'compensating' ? !isNothing : !isMark) break;
    place = moveOn(place, definition, now);
  }
  return place;
}

function lateness({ step }: SagaPlace): StoredReason {
  const message = 'The deadline passed before the pivot.';
  return { kind: 'deadline', name: 'TimedOut', message, step };
}

/** Whether a saga may not go on by itself, because keys may be forgotten that its step rests on. */
export function isTooOld({ step, stepAt }: SagaPlace, definition: Saga, now: number): boolean {
  if (stepAt === undefined || now - stepAt < KEY_TRUSTED_MS) return false;
  return findStep(definition, step)?.kind === 'step';
}

/**
 * The intent: one attempt more, by `holder`. Counted as failed until it has ended, so that one that takes
 * its process with it is not begun again at once.
 */
export function beginAttempt(
  saga: SagaPlace,
  holder: string,
  times: Pick<AttemptTimes, 'now' | 'random' | 'timings'>,
): SagaPlace {
  const { now, timings } = times;
  const failures = saga.failures + 1;
  const nextAt = now + retryDelayMs(failures, times);
  const lease = { holder, leaseUntil: now + timings.leaseMs, nextAt };
  const since = { troubleAt: saga.troubleAt ?? now, stepAt: saga.stepAt ?? now };
  return { ...saga, ...lease, ...since, attempts: saga.attempts + 1, failures };
}

/** Nobody's, until it is due. */
export function release(saga: SagaPlace & { readonly deadline: number }): SagaPlace {
  const mayTurn = saga.state === 'running' && !saga.pivoted;
  const latest = mayTurn ? saga.deadline : Number.POSITIVE_INFINITY;
  const nextAt = Math.min(saga.nextAt ?? Number.POSITIVE_INFINITY, latest);
  const isDue = saga.endedAt === undefined && Number.isFinite(nextAt);
  return { ...saga, holder: '', leaseUntil: 0, nextAt: isDue ? nextAt : undefined };
}

/** The step of this name. `undefined`: all is undone. */
export function findStep({ steps }: Saga, name: string): StepDefinition | undefined {
  return steps.find((step) => step.name === name);
}
