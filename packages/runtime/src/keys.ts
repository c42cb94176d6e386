import { createHash } from 'node:crypto';
import { Failure, type Operation } from '@portico/contract';
import type { KeyedCallOptions } from '@portico/service';
import type { OutcomeKey } from '@portico/store/spi';
import { raiseMistake } from './failures.ts';
import type { Invocation } from './invocation.ts';

/** Keys come from clients and stand in logs and indexes: 1 to 255 visible characters of ASCII. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Where the outcome of a keyed call is kept. Keys belong to whoever chose them: to a consumer and its
 * subject, or to the service that calls.
 */
export function toOutcomeKey(invocation: Invocation, operation: string, key: string): OutcomeKey {
  return { scope: scopeOf(invocation), operation, key };
}

function scopeOf({ from, caller }: Invocation): string {
  if (from !== undefined) return `service:${from}`;
  return `caller:${JSON.stringify([caller.consumer ?? null, caller.subject ?? null])}`;
}

/** @throws {Failure} `key-missing`, or `invalid` for what can't be a key. */
export function assertKey(key: string | undefined, operation: string): asserts key is string {
  if (key === undefined) {
    throw Failure.rejected('key-missing', `${operation} needs an idempotency key.`);
  }
  if (KEY.test(key)) return;
  const message = 'An idempotency key has 1 to 255 visible ASCII characters and no spaces.';
  throw Failure.rejected('invalid', message);
}

/**
 * The key of a keyed call made under a keyed call: `<parent>/<api>.<operation>`, the same for every
 * repetition of the parent. `<parent>` is a hash of scope, operation and key, since keys alone are not
 * unique: two users may well choose the same one. Handlers of events have a base of their own:
 * `<consumer>:<generation>:<event id>`.
 *
 * @returns a failure where no key can be derived: no parent key, or the second call of one operation.
 */
export function deriveKey(parent: Invocation, operation: string): string | Failure {
  const { effect } = parent;
  if (!effect && parent.derivedBase === undefined) {
    const message = `${operation} is keyed and there is no key to derive one from. Pass { key }.`;
    return raiseMistake(parent, 'key-missing', message);
  }
  parent.derived ??= new Set();
  if (parent.derived.has(operation)) {
    const message = `${operation} was called twice under one key. Pass { key } for the second call.`;
    return raiseMistake(parent, 'key-reused', message);
  }
  parent.derived.add(operation);
  if (effect) {
    const { scope, operation: own, key } = effect.id;
    parent.derivedBase ??= hash(JSON.stringify([scope, own, key]));
  }
  return `${parent.derivedBase}/${operation}`;
}

/** The keys of one keyed call. */
export interface CallKeys {
  readonly key: string;
  readonly undoes: string | undefined;
}

/** The keys of a keyed call: those that its author passed, else those that follow from its parent's. */
export function keysOf(
  parent: Invocation,
  operation: Operation,
  options: KeyedCallOptions | undefined,
): CallKeys | Failure {
  const key = options?.key ?? deriveKey(parent, operation.id);
  if (key instanceof Failure) return key;
  parent.hasCalledKeyed = true;
  return { key, undoes: options?.undoes ?? forwardKey(parent, operation) };
}

/** In a saga's undo: the key of the call that `operation` undoes. */
function forwardKey({ forwardBase }: Invocation, { api, undoes }: Operation): string | undefined {
  if (forwardBase === undefined || undoes === undefined) return undefined;
  return `${forwardBase}/${api}.${undoes}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
