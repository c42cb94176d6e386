import { sql } from 'kysely';
import { createCallGate, type GatedContext } from './call-gate.ts';
import { checkout } from './checkout.ts';
import { cancellation, readSagaAmount, readSagaLines, refund, restock } from './forward-sagas.ts';
import type { Keep, SagaDefinition, StepResult, Work } from './saga-steps.ts';
import type { OrdersTransaction, SagaRow, SagaType } from './tables.ts';
import { getOrder } from './transitions.ts';
import type { OrdersContext } from './uses.ts';
import type { Watch } from './watch.ts';

const DEFINITIONS: Readonly<Record<SagaType, SagaDefinition>> = {
  checkout,
  cancellation,
  refund,
  restock,
};

/** What {@link Watch} calls new work for the runner. */
export const WORK = 'work';
/** Orders looked after at once. */
const CONCURRENCY = 32;
/** One run takes new work for so long; a job may last a minute, and the longest step 10 s. */
const RUN_MS = 40_000;
/** How often work that nobody announced is looked for: after a crash, or when a pause is over. */
const POLL_MS = 250;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 5 * 60_000;
/** After so long without an end somebody is told. */
const ALARM_MS = 10 * 60_000;

/**
 * Carries on every saga that is due, each order's in the order of their beginning. All state is in the
 * store, so a run that is cut off anywhere is continued by the next one.
 */
export async function runSagas(context: OrdersContext, watch: Watch): Promise<void> {
  const gated = createCallGate(context);
  const inFlight = new Map<string, Promise<void>>();
  const endsAt = context.clock.monotonic() + RUN_MS;
  while (!context.signal.aborted) {
    const isOver = context.clock.monotonic() >= endsAt;
    if (isOver && inFlight.size === 0) return;
    if (!isOver) {
      const free = CONCURRENCY - inFlight.size;
      for (const saga of await findDue(context, [...inFlight.keys()], free)) {
        const run = guard(saga, gated, watch).finally(() => {
          inFlight.delete(saga.order_id);
          watch.notify(WORK);
        });
        inFlight.set(saga.order_id, run);
      }
    }
    const { timers, signal } = context;
    await watch.next(WORK, { timers, signal, atMostMs: POLL_MS });
  }
  await Promise.all(inFlight.values());
}

/** The oldest open saga of each order that is due. */
async function findDue(
  { store, clock }: OrdersContext,
  busy: readonly string[],
  limit: number,
): Promise<SagaRow[]> {
  if (limit <= 0) return [];
  // A literal, because SQLite takes a partial index only where it can see the condition.
  let query = store
    .selectFrom('saga')
    .selectAll()
    .where('state', '<>', sql.lit('done'))
    .where('next_at', '<=', clock.now())
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('saga as older')
            .select('older.saga_id')
            .whereRef('older.order_id', '=', 'saga.order_id')
            .where('older.state', '<>', 'done')
            .where((inner) =>
              inner(
                inner.refTuple('older.started_at', 'older.saga_id'),
                '<',
                inner.refTuple('saga.started_at', 'saga.saga_id') as never,
              ),
            ),
        ),
      ),
    );
  if (busy.length > 0) query = query.where('order_id', 'not in', busy);
  return query.orderBy('next_at').limit(limit).execute();
}

/** What breaks one saga must not stop the others: it is told of, and tried again later. */
async function guard(saga: SagaRow, gated: GatedContext, watch: Watch): Promise<void> {
  try {
    await carryOn(saga, gated, watch);
  } catch (problem) {
    if (gated.signal.aborted) return;
    gated.log.error({ sagaId: saga.saga_id, err: problem }, 'A saga is broken.');
    const nextAt = gated.clock.now() + RETRY_LAST_MS;
    await gated
      .transaction(({ db }) =>
        db
          .updateTable('saga')
          .set({ next_at: nextAt })
          .where('saga_id', '=', saga.saga_id)
          .execute(),
      )
      .catch((err: unknown) => gated.log.error({ err }, 'A broken saga could not be put off.'));
  }
}

async function carryOn(found: SagaRow, gated: GatedContext, watch: Watch): Promise<void> {
  let saga: SagaRow | undefined = found;
  while (saga && !gated.signal.aborted) {
    const work = await prepare(saga, gated);
    const result = await attempt(work, gated);
    if (gated.signal.aborted) return;
    saga = await gated.transaction((tx) => settle(tx, work, result));
    watch.notify(found.order_id);
    if (!saga || saga.state === 'done' || saga.next_at > gated.clock.now()) return;
  }
}

async function prepare(saga: SagaRow, gated: GatedContext): Promise<Work> {
  const { store, clock, uses } = gated;
  return {
    order: await getOrder(store, saga.order_id),
    saga,
    lines: await readSagaLines(store, saga, saga.order_id),
    amount: await readSagaAmount(store, saga),
    now: clock.now(),
    uses,
  };
}

/** One attempt at the saga's step. Never throws: what goes wrong is a result too. */
async function attempt(work: Work, { log }: GatedContext): Promise<StepResult> {
  const { saga, order, now } = work;
  const step = DEFINITIONS[saga.type].steps.find((each) => each.name === saga.step);
  if (!step) throw new Error(`Saga ${saga.saga_id} has no step ${saga.step}.`);
  try {
    if (saga.state === 'compensating') {
      const keep = await step.undo?.(work);
      return keep ? { kind: 'done', keep } : { kind: 'done' };
    }
    const undoable = step.limit !== undefined;
    if (undoable && order.cancellation_requested === 1)
      return { kind: 'fail', reason: 'cancelled' };
    if (undoable && saga.deadline_at !== null && now > saga.deadline_at) {
      return { kind: 'fail', reason: 'TimedOut' };
    }
    return await step.run(work);
  } catch (problem) {
    const { order_id: orderId, saga_id: sagaId } = saga;
    log.warn({ orderId, sagaId, step: saga.step, problem: String(problem) }, 'A step failed.');
    const limit = saga.state === 'running' ? step.limit : undefined;
    if (limit && now - saga.step_since >= limit.ms) return { kind: 'fail', reason: limit.reason };
    if (now - saga.started_at > ALARM_MS) {
      log.error({ orderId, sagaId, step: saga.step }, 'A saga does not come to its end.');
    }
    const afterMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(saga.attempts, 10), RETRY_LAST_MS);
    return { kind: 'again', afterMs };
  }
}

/** Keeps a result and moves the saga on, in one transaction. `undefined`: somebody else has moved it. */
async function settle(
  transaction: OrdersTransaction,
  { saga, now }: Pick<Work, 'saga' | 'now'>,
  result: StepResult,
): Promise<SagaRow | undefined> {
  const { db } = transaction;
  const current = await db
    .selectFrom('saga')
    .selectAll()
    .where('saga_id', '=', saga.saga_id)
    .executeTakeFirstOrThrow();
  const moved =
    current.state !== saga.state ||
    current.step !== saga.step ||
    current.attempts !== saga.attempts;
  if (moved) return undefined;
  const why = { by: saga.type, now, reason: saga.reason ?? undefined };
  const keep = async (work: Keep | undefined) =>
    work?.(transaction, await getOrder(db, saga.order_id), why);
  const final = (await keep(result.keep)) ?? result;
  // `keep` may have renamed the reservation.
  const kept = await db
    .selectFrom('saga')
    .selectAll()
    .where('saga_id', '=', saga.saga_id)
    .executeTakeFirstOrThrow();
  const next = advance(kept, final, now);
  await db.updateTable('saga').set(next).where('saga_id', '=', saga.saga_id).execute();
  if (next.state === 'done' && saga.state === 'compensating') {
    await keep(DEFINITIONS[saga.type].undone);
  }
  return next;
}

/** The saga after a result. */
function advance(saga: SagaRow, result: StepResult, now: number): SagaRow {
  const fresh = { attempts: 0, step_since: now, next_at: now };
  if (result.kind === 'again') {
    return { ...saga, attempts: saga.attempts + 1, next_at: now + result.afterMs };
  }
  if (result.kind === 'end') return { ...saga, state: 'done' };
  if (result.kind === 'fail') {
    return { ...saga, ...fresh, state: 'compensating', reason: result.reason };
  }
  const { steps } = DEFINITIONS[saga.type];
  const index = steps.findIndex((step) => step.name === saga.step);
  const next = steps[saga.state === 'compensating' ? index - 1 : index + 1];
  return next ? { ...saga, ...fresh, step: next.name } : { ...saga, state: 'done' };
}
