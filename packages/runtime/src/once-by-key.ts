import { isDeepStrictEqual } from 'node:util';
import { Failure } from '@portico/contract';
import { hashInput } from '@portico/store';
import {
  type OpenStore,
  type Outcome,
  OutcomeConflict,
  type OutcomeRecord,
} from '@portico/store/spi';
import type { Execute } from './call.ts';
import { assertCommitted, raiseMistake } from './failures.ts';
import type { Invocation } from './invocation.ts';
import { type KeyedEffect, toRecord } from './keyed-effect.ts';
import { assertKey, toOutcomeKey } from './keys.ts';
import { toErrorOutcome, toValueOutcome } from './transactions.ts';
import { undo } from './undo.ts';

/**
 * The policy around the handler of a keyed operation: at most one effect per key, whoever repeats,
 * races or crashes. What a key came to is kept with the effect, and is the answer ever after.
 */
export function onceByKey(next: Execute): Execute {
  return (input, invocation) => {
    const { entry, placement, key } = invocation;
    const { store } = placement;
    if (!entry || !store) throw new Error('A keyed operation needs a store.');
    assertKey(key, entry.operation.id);
    const effect = createEffect(invocation, key, hashInput(input));
    const name = JSON.stringify([effect.id.scope, effect.id.operation, effect.id.key]);
    const running = placement.running.get(name);
    if (running && !running.call.settled) {
      if (running.hash !== effect.hash) throw keyMismatch();
      if (invocation.from === undefined) throw inFlight();
      return join(running.answer, invocation);
    }
    invocation.effect = effect;
    const answer = answerOnce(next, input, { invocation, store, effect });
    const own = { hash: effect.hash, answer, call: invocation };
    placement.running.set(name, own);
    const forget = () => {
      if (placement.running.get(name) === own) placement.running.delete(name);
    };
    answer.then(forget, forget);
    return answer;
  };
}

function createEffect(invocation: Invocation, key: string, hash: string): KeyedEffect {
  const { from, caller, label } = invocation;
  return {
    id: toOutcomeKey(invocation, label, key),
    hash,
    origin: from === undefined ? 'consumer' : 'derived',
    subject: caller.subject,
    recorded: undefined,
    returned: undefined,
    thrown: undefined,
    stored: undefined,
    begun: false,
  };
}

/** A repeated internal attempt waits for the one under way, as long as its own time lasts. */
async function join(answer: Promise<unknown>, invocation: Invocation): Promise<unknown> {
  try {
    return await answer;
  } catch (thrown) {
    // The first one's caller gave up, not ours: what came of it is unknown.
    const ended = thrown instanceof Failure && thrown.class === 'CANCELLED' && !invocation.reason;
    throw ended
      ? new Failure('UNAVAILABLE', 'unavailable', 'The first attempt was given up.')
      : thrown;
  }
}

interface Surroundings {
  readonly invocation: Invocation;
  readonly store: OpenStore;
  readonly effect: KeyedEffect;
}

async function answerOnce(next: Execute, input: unknown, around: Surroundings): Promise<unknown> {
  const { invocation, store, effect } = around;
  const stored = await store.findOutcome(effect.id);
  if (stored) return replay(stored, around);
  if (invocation.reason) throw invocation.reason;
  if (invocation.undoes !== undefined && (await undo(invocation, store, effect)) === 'done') {
    return effect.stored ? replay(effect.stored, around) : undefined;
  }
  try {
    const value = await next(input, invocation);
    if (effect.stored) return replay(effect.stored, around);
    return await settleValue(value, around);
  } catch (thrown) {
    if (effect.stored) return replay(effect.stored, around);
    return await settleThrown(thrown, around);
  }
}

/** The handler answered: with what its transaction returned, or without one. */
async function settleValue(value: unknown, around: Surroundings): Promise<unknown> {
  const { invocation, effect } = around;
  assertCommitted(invocation);
  if (invocation.mistake) throw invocation.mistake;
  if (!effect.recorded) return record(toValueOutcome(invocation, value), value, around);
  const { recorded } = effect;
  if (invocation.entry?.operation.output === undefined && recorded.kind === 'value') return value;
  const same = recorded.kind === 'value' && isSame(value, around);
  if (same) return value;
  throw raiseMistake(
    invocation,
    'outcome-differs',
    'a keyed operation answers with what its transaction returned, and with nothing else.',
  );
}

function isSame(value: unknown, { invocation, effect }: Surroundings): boolean {
  if (value === effect.returned) return true;
  const { recorded } = effect;
  const outcome = toValueOutcome(invocation, value);
  return recorded?.kind === 'value' && outcome.kind === 'value'
    ? isDeepStrictEqual(outcome.value, recorded.value)
    : false;
}

/** The handler threw: what its transaction threw, or a declared error that is recorded now. */
async function settleThrown(thrown: unknown, around: Surroundings): Promise<unknown> {
  const { invocation, effect } = around;
  if (effect.recorded) {
    if (thrown === effect.thrown) throw thrown;
    throw raiseMistake(invocation, 'outcome-differs', `threw after its transaction: ${thrown}`);
  }
  assertCommitted(invocation);
  const outcome = toErrorOutcome(invocation, thrown);
  if (!outcome || invocation.reason) throw thrown;
  return record(outcome, thrown, around);
}

/**
 * Records, in a transaction of the platform's, what a handler came to that recorded nothing itself:
 * it opened no transaction, or its own failed. If that one did commit after all, its outcome stands.
 */
async function record(outcome: Outcome, original: unknown, around: Surroundings): Promise<unknown> {
  const { invocation, store, effect } = around;
  try {
    const { deadline } = invocation;
    await store.transaction((tx) => tx.recordOutcome(toRecord(effect, outcome)), { deadline });
  } catch (thrown) {
    if (!(thrown instanceof OutcomeConflict)) throw thrown;
    const stored = await store.findOutcome(effect.id);
    if (!stored) throw thrown;
    return replay(stored, around);
  }
  if (outcome.kind === 'error') throw original;
  return original;
}

/** The answer that a key had the first time. */
function replay(stored: OutcomeRecord, { invocation, effect }: Surroundings): unknown {
  const { outcome } = stored;
  if (outcome.kind === 'tombstone') {
    const message = 'This call was undone before it arrived, and is refused for ever.';
    throw Failure.rejected('key-mismatch', message);
  }
  if (stored.hash !== effect.hash) throw keyMismatch();
  if (outcome.kind === 'forgotten') {
    const message = 'What this key came to was erased with the person it was about.';
    throw Failure.rejected('key-mismatch', message);
  }
  if (outcome.kind === 'value') {
    return invocation.entry?.operation.output === undefined ? undefined : outcome.value;
  }
  const declared = invocation.entry?.operation.errors[outcome.name];
  const { name, message, data } = outcome;
  throw new Failure('APP', name, message, {
    data: declared?.data === undefined ? undefined : data,
    definition: declared?.definition,
  });
}

function keyMismatch(): Failure {
  return Failure.rejected('key-mismatch', 'This idempotency key was used with another input.');
}

function inFlight(): Failure {
  return Failure.rejected('key-in-flight', 'A call with this idempotency key is under way.');
}
