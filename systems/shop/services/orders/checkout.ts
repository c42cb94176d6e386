import { Failure } from '@portico/contract';
import { OutOfStock, ReservationExpired } from '../../contracts/inventory.ts';
import {
  CaptureRefused,
  PaymentDeclined,
  PaymentVoided,
  ProviderUnavailable,
} from '../../contracts/payments.ts';
import { newestReservation, reserveKey } from './reservation-names.ts';
import type { SagaDefinition, Step, StepResult, Work } from './saga-steps.ts';
import { startSaga } from './sagas.ts';
import { applyMove, inCurrency } from './transitions.ts';

/** Before the pivot everything ends within this, which is less than stock is held. */
export const CHECKOUT_DEADLINE_MS = 14 * 60_000;
const RESERVATION_TTL_SECONDS = 15 * 60;
/** Calls inside the shop answer in milliseconds; five attempts of this fit the step's limit. */
const CALL_TIMEOUT_MS = 2_000;
const CALL_LIMIT_MS = 20_000;
const PROVIDER_TIMEOUT_MS = 10_000;
/** An authorization whose outcome is unknown is asked for so long. */
const AUTHORIZE_LIMIT_MS = 60_000;
/** While the customer is at 3-D Secure: in case the event that wakes us is late. */
const ACTION_POLL_MS = 2_000;
const SENT_POLL_MS = 1_000;

/** All lines or none are held. */
const reserve: Step = {
  name: 'reserve',
  limit: { ms: CALL_LIMIT_MS, reason: 'TimedOut' },
  async run(work) {
    try {
      await hold(work, work.saga.reference);
      return { kind: 'done' };
    } catch (problem) {
      if (OutOfStock.is(problem)) return { kind: 'fail', reason: 'OutOfStock' };
      throw problem;
    }
  },
  async undo({ order, saga, uses }) {
    for (const reservation of new Set([saga.reference, order.order_id])) {
      await uses.inventory.release(
        { reservation },
        {
          key: `${order.order_id}/release/${reservation}`,
          undoes: reserveKey(reservation),
          timeoutMs: CALL_TIMEOUT_MS,
        },
      );
    }
    return undefined;
  },
};

/** The amount is set aside; 3-D Secure waits for the customer. */
const authorize: Step = {
  name: 'authorize',
  limit: { ms: AUTHORIZE_LIMIT_MS, reason: 'ProviderUnavailable' },
  async run(work) {
    const { order, uses } = work;
    if (order.total === 0) return { kind: 'done' };
    try {
      const payment = await uses.payments.authorize(
        {
          paymentId: order.payment_id ?? '',
          orderId: order.order_id,
          amount: inCurrency(order, order.total),
          token: order.payment_token ?? '',
          ...(order.return_url ? { returnUrl: order.return_url } : {}),
        },
        { timeoutMs: PROVIDER_TIMEOUT_MS },
      );
      if (payment.state === 'sent') return waitForOutcome(work);
      if (payment.state === 'actionRequired') return waitForCustomer(work, payment.nextAction);
      return { kind: 'done', keep: keepAuthorized };
    } catch (problem) {
      if (PaymentDeclined.is(problem)) return declined;
      if (PaymentVoided.is(problem)) return { kind: 'fail', reason: 'PaymentExpired' };
      if (ProviderUnavailable.is(problem)) return waitForOutcome(work);
      throw problem;
    }
  },
  async undo({ order, uses }) {
    if (order.total === 0 || order.payment === 'declined') return undefined;
    const named = { paymentId: order.payment_id ?? '', orderId: order.order_id };
    await uses.payments.void(named, { timeoutMs: PROVIDER_TIMEOUT_MS });
    return async (transaction, row, why) => {
      const fields = { payment_token: null, action_url: null, action_expires_at: null };
      await applyMove(transaction, row, { move: { payment: 'voided' }, fields, why });
      return undefined;
    };
  },
};

/** From here the stock stays, however long the rest takes. */
const pin: Step = {
  name: 'pin',
  limit: { ms: CALL_LIMIT_MS, reason: 'TimedOut' },
  async run(work) {
    const { order, saga, uses } = work;
    const second = saga.reference !== order.order_id;
    try {
      if (second) await hold(work, saga.reference);
      await uses.inventory.pin(
        { reservation: saga.reference },
        { key: `${order.order_id}/pin/${saga.reference}`, timeoutMs: CALL_TIMEOUT_MS },
      );
      return { kind: 'done' };
    } catch (problem) {
      if (OutOfStock.is(problem)) return { kind: 'fail', reason: 'ReservationExpired' };
      if (!ReservationExpired.is(problem)) throw problem;
      if (second) return { kind: 'fail', reason: 'ReservationExpired' };
      // It ran out while the customer paid: once more under a second name.
      return { kind: 'again', afterMs: 0, keep: keepSecondReservation };
    }
  },
};

/** The pivot. Loses to a cancellation already requested; after it there is only forward. */
const confirm: Step = {
  name: 'confirm',
  limit: { ms: CALL_LIMIT_MS, reason: 'TimedOut' },
  run: async () => ({
    kind: 'done',
    async keep(transaction, order, why) {
      if (order.cancellation_requested === 1) return { kind: 'fail', reason: 'cancelled' };
      await applyMove(transaction, order, { move: { state: 'confirmed' }, why });
      return undefined;
    },
  }),
};

/** The whole amount is taken, once. */
const capture: Step = {
  name: 'capture',
  async run({ order, uses }) {
    if (order.total === 0) return { kind: 'done' };
    try {
      const paymentId = order.payment_id ?? '';
      await uses.payments.capture({ paymentId }, { timeoutMs: PROVIDER_TIMEOUT_MS });
    } catch (problem) {
      if (CaptureRefused.is(problem)) return captureRefused;
      throw problem;
    }
    return {
      kind: 'done',
      async keep(transaction, row, why) {
        await applyMove(transaction, row, { move: { payment: 'paid' }, why });
        return undefined;
      },
    };
  },
};

/** The pieces leave the stock. */
const commit: Step = {
  name: 'commit',
  async run({ order, saga, uses }) {
    await uses.inventory.commit(
      { reservation: saga.reference },
      { key: `${order.order_id}/commit/inventory.commit`, timeoutMs: CALL_TIMEOUT_MS },
    );
    return {
      kind: 'done',
      async keep(transaction, row, why) {
        await applyMove(transaction, row, { fields: { committed: 1 }, why });
        return undefined;
      },
    };
  },
};

/** What was ordered leaves the cart; what came later stays. */
const close: Step = {
  name: 'close',
  async run({ order, lines, uses }) {
    await uses.cart.closeCart(
      {
        cartId: order.cart_id,
        orderId: order.order_id,
        version: order.cart_version,
        lines: [...lines],
      },
      { key: `${order.order_id}/close/cart.closeCart`, timeoutMs: CALL_TIMEOUT_MS },
    );
    return {
      kind: 'done',
      async keep(transaction, row, why) {
        await applyMove(transaction, row, { fields: { checkout_open: 0 }, why });
        return undefined;
      },
    };
  },
};

/** From a placed order to a confirmed and paid one, or to nothing at all. */
export const checkout: SagaDefinition = {
  steps: [reserve, authorize, pin, confirm, capture, commit, close],
  async undone(transaction, order, why) {
    const saga = await transaction.db
      .selectFrom('saga')
      .select('reason')
      .where('saga_id', '=', order.order_id)
      .executeTakeFirstOrThrow();
    const cancelled = saga.reason === 'cancelled';
    const reason = saga.reason === 'cancelled' || !saga.reason ? 'TimedOut' : saga.reason;
    const fields = {
      checkout_open: 0,
      payment_token: null,
      failure_reason: cancelled ? null : reason,
    };
    const move = { state: cancelled ? 'cancelled' : 'failed' } as const;
    await applyMove(transaction, order, { move, fields, why });
    return undefined;
  },
};

async function hold({ order, lines, uses }: Work, reservation: string): Promise<void> {
  await uses.inventory.reserve(
    {
      reservation,
      orderId: order.order_id,
      lines: [...lines],
      ttlSeconds: RESERVATION_TTL_SECONDS,
    },
    { key: reserveKey(reservation), timeoutMs: CALL_TIMEOUT_MS },
  );
}

/** The provider has not said what it did: ask again, under the same key. */
function waitForOutcome({ saga, now }: Work): StepResult {
  if (now - saga.step_since > AUTHORIZE_LIMIT_MS) {
    return { kind: 'fail', reason: 'ProviderUnavailable' };
  }
  return { kind: 'again', afterMs: SENT_POLL_MS };
}

function waitForCustomer(
  { now }: Work,
  action: { readonly url: string; readonly expiresAt: string } | undefined,
): StepResult {
  if (!action) throw new Failure('BUG', 'internal', 'A payment waits for nothing.');
  const expiresAt = Date.parse(action.expiresAt);
  if (now >= expiresAt) return { kind: 'fail', reason: 'PaymentExpired' };
  return {
    kind: 'again',
    afterMs: ACTION_POLL_MS,
    async keep(transaction, order, why) {
      if (order.payment === 'actionRequired') return undefined;
      const fields = { action_url: action.url, action_expires_at: expiresAt };
      await applyMove(transaction, order, { move: { payment: 'actionRequired' }, fields, why });
      return undefined;
    },
  };
}

const declined: StepResult = {
  kind: 'fail',
  reason: 'PaymentDeclined',
  async keep(transaction, order, why) {
    const fields = { payment_token: null, action_url: null, action_expires_at: null };
    await applyMove(transaction, order, { move: { payment: 'declined' }, fields, why });
    return undefined;
  },
};

const keepAuthorized: NonNullable<StepResult['keep']> = async (transaction, order, why) => {
  const fields = { payment_token: null, action_url: null, action_expires_at: null };
  await applyMove(transaction, order, { move: { payment: 'authorized' }, fields, why });
  return undefined;
};

const keepSecondReservation: NonNullable<StepResult['keep']> = async ({ db }, order) => {
  await db
    .updateTable('saga')
    .set({ reference: newestReservation(order.order_id) })
    .where('saga_id', '=', order.order_id)
    .execute();
  return undefined;
};

/** Confirmed, but the money can't be had: the order is cancelled by a saga of its own. */
const captureRefused: StepResult = {
  kind: 'end',
  async keep(transaction, order, why) {
    const fields = { cancellation_requested: 1 };
    await applyMove(transaction, order, { fields, why });
    await startSaga(transaction, {
      id: `${order.order_id}/cancellation`,
      orderId: order.order_id,
      type: 'cancellation',
      step: 'money',
      reference: '',
      now: why.now,
    });
    return undefined;
  },
};
