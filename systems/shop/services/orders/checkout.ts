import { abortSaga, pivot, type SagaReason, saga, step, wait } from '@portico/service';
import * as z from 'zod';
import { OutOfStock, ReservationExpired } from '../../contracts/inventory.ts';
import { Orders } from '../../contracts/orders.ts';
import { FailureReason } from '../../contracts/orders-types.ts';
import { CaptureRefused, PaymentVoided, ProviderUnavailable } from '../../contracts/payments.ts';
import { startCancellation } from './cancellation.ts';
import type { Move } from './order-states.ts';
import { secondReservation } from './reservation-names.ts';
import { CALL_TIMEOUT_MS, PROVIDER_TIMEOUT_MS, STUCK_AFTER_MS } from './saga-limits.ts';
import { type OrderRow, type OrdersTransaction, store } from './tables.ts';
import { applyMove, getOrder, inCurrency } from './transitions.ts';
import { uses } from './uses.ts';
import { readPieces } from './views.ts';

/** Before the pivot everything ends within this, which is less than stock is held. */
const DEADLINE_MS = 14 * 60_000;
const RESERVATION_TTL_SECONDS = 15 * 60;
/** Attempts without an answer at a call inside the shop. */
const CALL_ATTEMPTS_MAX = 5;
/** An authorization whose outcome is unknown is asked for so long. */
const AUTHORIZE_LIMIT_MS = 60_000;
/** While the customer is at 3-D Secure: in case the event that wakes us is late. */
const ACTION_POLL_MS = 2_000;

/** Operators may say more than a history shows. */
const REASON_LENGTH_MAX = 300;

/** The payment is settled one way or the other: what the customer gave for it is of no use any more. */
const SETTLED = { payment_token: null, action_url: null, action_expires_at: null } as const;

/** From a placed order to a confirmed and paid one, or to nothing at all. Its id is the order's. */
export const checkout = saga(
  'checkout',
  {
    api: Orders,
    uses: { cart: uses.cart, inventory: uses.inventory, payments: uses.payments },
    store,
    data: z.object({
      orderId: z.string(),
      /** The reservation that was pinned. */
      reservation: z.string().optional(),
      /** The money can't be had: the cancellation that follows looks after the rest. */
      captureRefused: z.boolean().optional(),
    }),
    deadlineMs: DEADLINE_MS,
    stuckMs: STUCK_AFTER_MS,
    async undone({ orderId }, tx, { reason, clock }) {
      const failure = toFailure(reason);
      await change(tx, orderId, {
        move: { state: failure ? 'failed' : 'cancelled' },
        fields: { checkout_open: 0, payment_token: null, failure_reason: failure ?? null },
        now: clock.now(),
        reason: reason.name,
      });
    },
  },
  [
    // All lines or none are held.
    step('reserve', {
      timeoutMs: CALL_TIMEOUT_MS,
      attemptsMax: CALL_ATTEMPTS_MAX,
      do: async ({ orderId }, { uses: { inventory }, store: db }) => {
        const lines = await readPieces(db, orderId);
        const ttlSeconds = RESERVATION_TTL_SECONDS;
        await inventory.reserve({ reservation: orderId, orderId, lines, ttlSeconds });
      },
      undo: async ({ orderId }, { uses: { inventory } }) => {
        await inventory.release({ reservation: orderId });
      },
    }),

    // The amount is set aside; 3-D Secure waits for the customer.
    step('authorize', {
      timeoutMs: PROVIDER_TIMEOUT_MS,
      limitMs: AUTHORIZE_LIMIT_MS,
      do: async ({ orderId }, { uses: { payments }, store: db, transaction, clock }) => {
        const order = await getOrder(db, orderId);
        if (order.total === 0) return undefined;
        const payment = await payments.authorize(toAuthorization(order)).catch(rethrowPayment);
        const now = clock.now();
        if (payment.state === 'sent') throw new Error('The provider has not said what it did.');
        if (payment.state !== 'actionRequired') {
          const move = { payment: 'authorized' } as const;
          return await transaction((tx) => change(tx, orderId, { move, fields: SETTLED, now }));
        }
        if (!payment.nextAction) throw new Error('The payment waits for nothing.');
        const { url, expiresAt } = payment.nextAction;
        const action_expires_at = Date.parse(expiresAt);
        if (now >= action_expires_at) throw abortSaga('PaymentExpired');
        if (order.payment === 'actionRequired') return wait(ACTION_POLL_MS);
        return await transaction(async (tx) => {
          const move = { payment: 'actionRequired' } as const;
          await change(tx, orderId, { move, fields: { action_url: url, action_expires_at }, now });
          return wait(ACTION_POLL_MS);
        });
      },
      undo: async ({ orderId }, { uses: { payments }, store: db, transaction, clock, reason }) => {
        const { total, payment_id } = await getOrder(db, orderId);
        if (total === 0) return undefined;
        const declined = reason.kind === 'error' && reason.name === 'PaymentDeclined';
        if (!declined) await payments.void({ paymentId: payment_id ?? '', orderId });
        const move = { payment: declined ? 'declined' : 'voided' } as const;
        const why = { now: clock.now(), reason: reason.name };
        return await transaction((tx) => change(tx, orderId, { move, fields: SETTLED, ...why }));
      },
    }),

    // From here the stock stays, however long the rest takes.
    step('pin', {
      timeoutMs: CALL_TIMEOUT_MS,
      attemptsMax: CALL_ATTEMPTS_MAX,
      do: async ({ orderId }, { uses: { inventory }, store: db, key }) => {
        try {
          await inventory.pin({ reservation: orderId });
          return { reservation: orderId };
        } catch (problem) {
          if (!ReservationExpired.is(problem)) throw problem;
        }
        // It ran out while the customer paid: once more under a second name.
        const reservation = secondReservation(orderId);
        const lines = await readPieces(db, orderId);
        const ttlSeconds = RESERVATION_TTL_SECONDS;
        const second = { key: key('second') };
        await inventory
          .reserve({ reservation, orderId, lines, ttlSeconds }, second)
          .catch((problem) => {
            throw OutOfStock.is(problem) ? abortSaga('ReservationExpired') : problem;
          });
        await inventory.pin({ reservation }, second);
        return { reservation };
      },
      undo: async ({ orderId }, { uses: { inventory }, key, forwardKey }) => {
        const reservation = secondReservation(orderId);
        const names = { key: key('second'), undoes: forwardKey('second') };
        await inventory.release({ reservation }, names);
      },
    }),

    // Loses to a cancellation already requested; after it there is only forward.
    pivot('confirm', async ({ orderId }, tx, { clock }) => {
      const { cancellation_requested } = await getOrder(tx.db, orderId);
      if (cancellation_requested === 1) throw abortSaga('cancelled');
      await change(tx, orderId, { move: { state: 'confirmed' }, now: clock.now() });
    }),

    // The whole amount is taken, once.
    step('capture', {
      timeoutMs: PROVIDER_TIMEOUT_MS,
      do: async ({ orderId }, { uses: { payments }, store: db, transaction, clock, ids }) => {
        const { total, payment_id } = await getOrder(db, orderId);
        if (total === 0) return undefined;
        const captured = await payments.capture({ paymentId: payment_id ?? '' }).then(
          () => true,
          (problem: unknown) => {
            if (CaptureRefused.is(problem)) return false;
            throw problem;
          },
        );
        const now = clock.now();
        return await transaction(async (tx) => {
          if (captured) return await change(tx, orderId, { move: { payment: 'paid' }, now });
          // Confirmed, but the money can't be had: the order is cancelled by a saga of its own.
          await change(tx, orderId, { fields: { cancellation_requested: 1 }, now });
          await startCancellation(tx, { orderId, refundId: ids.prefixed('rfd') });
          return { captureRefused: true };
        });
      },
    }),

    // The pieces leave the stock.
    step('commit', {
      timeoutMs: CALL_TIMEOUT_MS,
      do: async (data, { uses: { inventory }, transaction, clock }) => {
        const { orderId, reservation = orderId, captureRefused } = data;
        if (captureRefused) return undefined;
        await inventory.commit({ reservation });
        const now = clock.now();
        return await transaction((tx) => change(tx, orderId, { fields: { committed: 1 }, now }));
      },
    }),

    // What was ordered leaves the cart; what came later stays.
    step('close', {
      timeoutMs: CALL_TIMEOUT_MS,
      do: async (data, { uses: { cart }, store: db, transaction, clock }) => {
        const { orderId, captureRefused } = data;
        if (captureRefused) return undefined;
        const { cart_id: cartId, cart_version: version } = await getOrder(db, orderId);
        const lines = await readPieces(db, orderId);
        await cart.closeCart({ cartId, orderId, version, lines });
        const fields = { checkout_open: 0 };
        return await transaction((tx) => change(tx, orderId, { fields, now: clock.now() }));
      },
    }),
  ],
);

/** Changes the order on behalf of its checkout. */
async function change(
  tx: OrdersTransaction,
  orderId: string,
  made: {
    readonly move?: Move;
    readonly fields?: Partial<OrderRow>;
    readonly now: number;
    readonly reason?: string;
  },
): Promise<undefined> {
  const { move = {}, fields = {}, now, reason } = made;
  const why = { by: 'checkout', now, reason: reason?.slice(0, REASON_LENGTH_MAX) };
  await applyMove(tx, await getOrder(tx.db, orderId), { move, fields, why });
  return undefined;
}

function toAuthorization(order: OrderRow) {
  return {
    paymentId: order.payment_id ?? '',
    orderId: order.order_id,
    amount: inCurrency(order, order.total),
    token: order.payment_token ?? '',
    ...(order.return_url ? { returnUrl: order.return_url } : {}),
  };
}

/** A decline ends the checkout. That the provider can't be reached is no answer, and asked for again. */
function rethrowPayment(problem: unknown): never {
  if (PaymentVoided.is(problem)) throw abortSaga('PaymentExpired');
  if (ProviderUnavailable.is(problem)) throw new Error(problem.message);
  throw problem;
}

/** Why the order has failed, as its customer sees it; `undefined` when somebody has cancelled it. */
function toFailure({
  kind,
  name,
  step: at,
}: SagaReason): z.infer<typeof FailureReason> | undefined {
  if (kind === 'limit' && at === 'authorize') return 'ProviderUnavailable';
  return FailureReason.safeParse(name).data;
}
