import { Failure } from '@portico/contract';
import type { Transaction } from '@portico/service';
import {
  type OpenStore,
  type Outcome,
  OutcomeConflict,
  type StoreTransaction,
} from '@portico/store/spi';
import type { Delivery } from './delivery/delivery.ts';
import { raiseMistake } from './failures.ts';
import type { Invocation } from './invocation.ts';
import { type KeyedEffect, toRecord } from './keyed-effect.ts';
import { outOfTime } from './policies/deadline.ts';
import { publish } from './publish.ts';
import { createSagaCommands } from './saga/saga-commands.ts';

type Work = (transaction: Transaction<unknown>) => Promise<unknown>;

/**
 * `ctx.transaction`: one serializable transaction of the service's own store. In a keyed operation it is
 * the only one, and what it returns is recorded in it as the call's outcome. In the handler of an event and
 * in a saga's step it is the only one too, and that the event was handled, the step done, is noted in it.
 *
 * @throws {Failure} `BUG` for a broken rule (no store, `safe` operation, a second or a nested one), the
 * call's own end when it has ended, what the store throws, and what `work` throws.
 */
export async function transact(invocation: Invocation, work: Work): Promise<unknown> {
  const store = assertMayTransact(invocation);
  const { effect, delivery } = invocation;
  if (effect) effect.begun = true;
  if (delivery) delivery.begun = true;
  invocation.openTransactions++;
  try {
    const value = await transactAs(invocation, store, work);
    for (const saga of invocation.sagasBegun) saga.carryOn();
    invocation.sagasBegun = [];
    return value;
  } catch (thrown) {
    forgetSagas(invocation);
    throw thrown;
  } finally {
    invocation.openTransactions--;
    // Sagas that were started or woken are carried on at once, not with the next sweep.
    if (invocation.sagasTouched) {
      invocation.sagasTouched = false;
      invocation.placement.sagas?.notify();
    }
  }
}

/**
 * `ctx.forgetCaller`: a write of its own, that no transaction of the handler's holds.
 *
 * @throws {Failure} `BUG` without a store, in a `safe` operation and inside of a transaction; the call's own
 * end when it has ended; what the store throws.
 */
export async function forgetCaller(invocation: Invocation, subject: string): Promise<number> {
  return await assertMayWrite(invocation).forgetCaller(subject);
}

function transactAs(invocation: Invocation, store: OpenStore, work: Work): Promise<unknown> {
  const { effect, delivery, guard, deadline } = invocation;
  if (delivery) return transactDelivery(invocation, { store, delivery, work });
  if (effect) return transactOnce(invocation, { store, effect, work });
  const guarded = async (tx: StoreTransaction) => {
    await guard?.(tx);
    return await perform(invocation, tx, work);
  };
  return store.transaction(guarded, { deadline });
}

function assertMayTransact(invocation: Invocation): OpenStore {
  const store = assertMayWrite(invocation);
  if (invocation.effect?.begun) {
    const message = 'a keyed operation has exactly one transaction.';
    throw raiseMistake(invocation, 'second-transaction', message);
  }
  if (invocation.delivery?.begun) {
    const message = 'the handler of an event, like a step of a saga, has exactly one transaction.';
    throw raiseMistake(invocation, 'second-transaction', message);
  }
  return store;
}

function assertMayWrite(invocation: Invocation): OpenStore {
  const { placement, reason, entry } = invocation;
  if (reason) throw reason;
  const { store } = placement;
  if (!store) throw raiseMistake(invocation, 'no-store', 'the service declares no store.');
  if (entry?.safe) {
    const message = 'a safe operation only reads; it may not open a transaction.';
    throw raiseMistake(invocation, 'transaction-in-safe', message);
  }
  if (invocation.openTransactions > 0) {
    const message = 'a transaction was opened inside of another.';
    throw raiseMistake(invocation, 'transaction-in-transaction', message);
  }
  if (invocation.deadline <= placement.around.host.clock.monotonic()) throw outOfTime();
  return store;
}

/** Runs `work` with what it may use, and only as long as its transaction is open. */
async function perform(invocation: Invocation, tx: StoreTransaction, work: Work): Promise<unknown> {
  // The store may run it again.
  forgetSagas(invocation);
  let open = true;
  const assertIsOpen = (what: string) => {
    if (open) return;
    const message = `${what} after its transaction had ended. Await it.`;
    throw raiseMistake(invocation, 'publish-outside', message);
  };
  const facade: Transaction<unknown> = {
    db: tx.db as never,
    publish: async (name, payload) => {
      assertIsOpen(`"${name}" was published`);
      await publish(invocation, tx, { name, payload });
    },
    ...createSagaCommands(invocation, tx, assertIsOpen),
  };
  try {
    const value = await work(facade);
    if (invocation.mistake) throw invocation.mistake;
    return value;
  } catch (thrown) {
    // What it has done is undone, though its transaction may still commit: a declared error as the outcome.
    forgetSagas(invocation);
    throw thrown;
  } finally {
    open = false;
  }
}

/** Sagas that were begun and have not been, after all. */
function forgetSagas(invocation: Invocation): void {
  const { sagasBegun } = invocation;
  invocation.sagasBegun = [];
  for (const saga of sagasBegun) saga.forget();
}

interface DeliveryWork {
  readonly store: OpenStore;
  readonly delivery: Delivery;
  readonly work: Work;
}

/** The transaction of an event's handler: effect and cursor commit together, or neither does. */
async function transactDelivery(
  invocation: Invocation,
  { store, delivery, work }: DeliveryWork,
): Promise<unknown> {
  const { deadline } = invocation;
  const value = await store.transaction(
    async (tx) => {
      const returned = await perform(invocation, tx, work);
      await delivery.settle(tx, returned);
      return returned;
    },
    { deadline },
  );
  delivery.settled = true;
  return value;
}

interface OnceOnly {
  readonly store: OpenStore;
  readonly effect: KeyedEffect;
  readonly work: Work;
}

/** How the work of a keyed call ended: with a value, or with a declared error whose effect is undone. */
type Ending =
  | { readonly outcome: Outcome; readonly returned: unknown }
  | { readonly outcome: Outcome; readonly thrown: unknown };

/** The transaction of a keyed operation: effect and outcome commit together, or neither does. */
async function transactOnce(
  invocation: Invocation,
  { store, effect, work }: OnceOnly,
): Promise<unknown> {
  const once = async (tx: StoreTransaction): Promise<Ending> => {
    const ending = await endingOf(invocation, () =>
      tx.savepoint(() => perform(invocation, tx, work)),
    );
    await tx.recordOutcome(toRecord(effect, ending.outcome));
    return ending;
  };
  try {
    const ending = await store.transaction(once, { deadline: invocation.deadline });
    effect.recorded = ending.outcome;
    if ('thrown' in ending) {
      effect.thrown = ending.thrown;
      throw ending.thrown;
    }
    effect.returned = ending.returned;
    return ending.returned;
  } catch (thrown) {
    if (!(thrown instanceof OutcomeConflict)) throw thrown;
    effect.stored = await store.findOutcome(effect.id);
    throw new Failure('CANCELLED', 'answered', 'Another attempt under this key was faster.');
  }
}

async function endingOf(invocation: Invocation, work: () => Promise<unknown>): Promise<Ending> {
  try {
    const returned = await work();
    // The outcome is what callers would get: checked here, an unfit one commits nothing.
    return { outcome: toValueOutcome(invocation, returned), returned };
  } catch (thrown) {
    const outcome = toErrorOutcome(invocation, thrown);
    if (!outcome) throw thrown;
    return { outcome, thrown };
  }
}

/** @throws {Error} when the value does not fit the operation's output. */
export function toValueOutcome(invocation: Invocation, value: unknown): Outcome {
  const { entry } = invocation;
  if (!entry?.operation.output) return { kind: 'value', value: null };
  return { kind: 'value', value: entry.copyOutput(value) };
}

/** The outcome that a declared error is; `undefined` for everything that must not be recorded. */
export function toErrorOutcome(invocation: Invocation, thrown: unknown): Outcome | undefined {
  const { entry, mistake } = invocation;
  if (mistake || !entry || !(thrown instanceof Failure) || thrown.class !== 'APP') return undefined;
  const declared = entry.declarationOf(thrown);
  if (!declared) return undefined;
  const data = entry.copyErrorData(declared, thrown.details.data);
  return { kind: 'error', name: declared.name, message: thrown.message, data: data ?? null };
}
