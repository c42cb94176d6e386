import { type Service, service } from '@portico/service';
import { Identity } from '../../contracts/identity.ts';
import { Inventory } from '../../contracts/inventory.ts';
import { Orders } from '../../contracts/orders.ts';
import { Payments } from '../../contracts/payments.ts';
import { requestCancellation, requestRefund, wakeSagas } from './changes.ts';
import { exportFacts } from './facts.ts';
import { acceptReturn, deliver, ship } from './fulfilment.ts';
import { exportSubject, listHistory, listOrders } from './lists.ts';
import { eraseSubject, joinGuestOrders } from './personal-data.ts';
import { checkOrder, quote, writeOrder } from './place-order.ts';
import { runSagas, WORK } from './saga-runner.ts';
import { type OrderRow, store } from './tables.ts';
import { findOrder, getOrder } from './transitions.ts';
import { uses } from './uses.ts';
import { readOrder } from './views.ts';
import { createWatch } from './watch.ts';

/** Order processing, from the quote to the parcel and back. Holds I4 to I7. */
export function createOrders(): Service<typeof Orders> {
  const watch = createWatch();
  const wake = (orderId: string) => {
    watch.notify(orderId);
    watch.notify(WORK);
  };
  return service(Orders)({
    uses,
    hears: { identity: Identity, inventory: Inventory, payments: Payments },
    store,
    operations: {
      async getQuote({ country, shippingMethod }, context) {
        const subject = toSubjectId(context.subject());
        const found = await quote({ subject, country, shippingMethod }, context.uses);
        const { cartId, cartVersion, currency, priced } = found;
        const { lines, shippingOptions, ...amounts } = priced;
        return {
          cartId,
          cartVersion,
          currency,
          ...amounts,
          lines: [...lines],
          shippingOptions: [...shippingOptions],
        };
      },

      async placeOrder(input, context) {
        const subject = toSubjectId(context.subject());
        const { ids, clock } = context;
        const { store: db, uses: apis } = context;
        const checked = await checkOrder(input, { uses: apis, store: db, subject });
        const named = { orderId: ids.prefixed('ord'), paymentId: ids.prefixed('pay') };
        const placing = { ...checked, ...named, subject, now: clock.now() };
        const placed = await context.transaction((tx) => writeOrder(tx, input, placing));
        wake(placed.orderId);
        return placed;
      },

      async getOrder({ orderId, wait = 0 }, context) {
        const read = async () =>
          context.owned(await findOrder(context.store, orderId), (row) => row.subject, MANAGE);
        const { clock, timers, signal } = context;
        const endsAt = clock.monotonic() + wait * 1_000;
        let order = await read();
        while (isUnderWay(order) && !signal.aborted) {
          const atMostMs = endsAt - clock.monotonic();
          if (atMostMs <= 0) break;
          await watch.next(orderId, { timers, signal, atMostMs });
          order = await read();
        }
        return readOrder(context.store, order);
      },

      listOrders: ({ state, ...page }, context) =>
        listOrders(context.store, { subject: toSubjectId(context.subject()), state }, page),

      async cancelOrder({ orderId, reason }, context) {
        context.owned(await findOrder(context.store, orderId), (row) => row.subject, MANAGE);
        const by = toSubjectId(context.subject());
        const why = { by, now: context.clock.now(), reason };
        const refundId = context.ids.prefixed('rfd');
        const cancelled = await context.transaction((tx) =>
          requestCancellation(tx, orderId, { why, refundId }),
        );
        wake(orderId);
        return cancelled;
      },

      searchOrders: ({ customerId, limit, cursor, ...filter }, { store: db }) =>
        listOrders(db, { ...filter, subject: customerId }, { limit, cursor }),

      async shipOrder(input, { transaction, ids, clock, subject }) {
        const shipmentId = ids.prefixed('shp');
        const why = { by: toSubjectId(subject()), now: clock.now() };
        const shipment = await transaction((tx) => ship(tx, { ...input, shipmentId }, why));
        wake(input.orderId);
        return shipment;
      },

      async confirmDelivery(input, { transaction, clock, subject }) {
        const why = { by: toSubjectId(subject()), now: clock.now() };
        const shipment = await transaction((tx) => deliver(tx, input, why));
        wake(input.orderId);
        return shipment;
      },

      async acceptReturn(input, { transaction, ids, clock, subject }) {
        const returnId = ids.prefixed('ret');
        const why = { by: toSubjectId(subject()), now: clock.now() };
        const accepted = await transaction((tx) => acceptReturn(tx, { ...input, returnId }, why));
        wake(input.orderId);
        return accepted;
      },

      async refundOrder({ orderId, amount, reason }, { transaction, ids, clock, subject }) {
        const refundId = ids.prefixed('rfd');
        const why = { by: toSubjectId(subject()), now: clock.now(), reason };
        const requested = await transaction((tx) =>
          requestRefund(tx, { orderId, refundId, amount, why }),
        );
        wake(orderId);
        return requested;
      },

      async getHistory({ orderId, ...page }, { store: db }) {
        await getOrder(db, orderId);
        return listHistory(db, orderId, page);
      },

      exportSubject: ({ subject, cursor }, { store: db }) => exportSubject(db, subject, cursor),
      eraseSubject: ({ subject }, { transaction }) =>
        transaction((tx) => eraseSubject(tx, subject)),
      exportFacts: (input, { store: db }) => exportFacts(db, input),
    },
    on: {
      identity: {
        async EmailVerified({ payload }, { uses: apis, transaction }) {
          const subject = payload.accountId;
          const { email } = await apis.identity.getVerifiedEmail({ subject });
          await transaction(async (tx) => {
            if (email) await joinGuestOrders(tx, { subject, email });
          });
        },
      },
      payments: {
        async PaymentAuthorized({ payload }, { transaction, clock }) {
          await transaction((tx) => wakeSagas(tx, payload.orderId, clock.now()));
          wake(payload.orderId);
        },
        async PaymentDeclined({ payload }, { transaction, clock }) {
          await transaction((tx) => wakeSagas(tx, payload.orderId, clock.now()));
          wake(payload.orderId);
        },
      },
    },
    every: { '200ms': (context) => runSagas(context, watch) },
  });
}

/** The orders of the shop. */
export const orders = createOrders();

/** Staff with it may see and cancel everybody's orders. */
const MANAGE = 'orders:manage';

/** Pending, and nothing for the customer to do. */
function isUnderWay(order: OrderRow): boolean {
  return order.state === 'pending' && order.payment !== 'actionRequired';
}

/** Whose a row is: the subject without its kind. */
function toSubjectId(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}
