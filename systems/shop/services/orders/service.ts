import { type Service, service } from '@portico/service';
import { Identity } from '../../contracts/identity.ts';
import { Inventory } from '../../contracts/inventory.ts';
import { Orders } from '../../contracts/orders.ts';
import { Payments } from '../../contracts/payments.ts';
import { requestCancellation, requestRefund } from './changes.ts';
import { getContact } from './contact.ts';
import { exportFacts } from './facts.ts';
import { acceptReturn, deliver, ship } from './fulfilment.ts';
import { exportSubject, listHistory, listOrders } from './lists.ts';
import { eraseSubject, joinGuestOrders } from './personal-data.ts';
import { checkOrder, quote, writeOrder } from './place-order.ts';
import { sagas } from './sagas.ts';
import { type OrderRow, store } from './tables.ts';
import { findOrder, getOrder } from './transitions.ts';
import { uses } from './uses.ts';
import { readOrder } from './views.ts';

/** Order processing, from the quote to the parcel and back. Holds I4 to I7. */
export const orders: Service<typeof Orders> = service(Orders)({
  uses,
  hears: { identity: Identity, inventory: Inventory, payments: Payments },
  store,
  sagas,
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
      return context.transaction((tx) => writeOrder(tx, input, placing));
    },

    async getOrder({ orderId, wait = 0 }, context) {
      const read = async () =>
        context.owned(await findOrder(context.store, orderId), (row) => row.subject, MANAGE);
      const { clock, signal, sagas: own } = context;
      const endsAt = clock.monotonic() + wait * 1_000;
      for (;;) {
        const leftMs = endsAt - clock.monotonic();
        const moved = leftMs > 0 ? own.moved(orderId, leftMs) : undefined;
        const order = await read();
        if (!moved || signal.aborted || !isUnderWay(order)) {
          return readOrder(context.store, order);
        }
        await moved;
      }
    },

    listOrders: ({ state, ...page }, context) =>
      listOrders(context.store, { subject: toSubjectId(context.subject()), state }, page),

    async cancelOrder({ orderId, reason }, context) {
      context.owned(await findOrder(context.store, orderId), (row) => row.subject, MANAGE);
      const by = toSubjectId(context.subject());
      const why = { by, now: context.clock.now(), reason };
      const refundId = context.ids.prefixed('rfd');
      return context.transaction((tx) => requestCancellation(tx, orderId, { why, refundId }));
    },

    searchOrders: ({ customerId, limit, cursor, ...filter }, { store: db }) =>
      listOrders(db, { ...filter, subject: customerId }, { limit, cursor }),

    async shipOrder(input, { transaction, ids, clock, subject }) {
      const shipmentId = ids.prefixed('shp');
      const why = { by: toSubjectId(subject()), now: clock.now() };
      return transaction((tx) => ship(tx, { ...input, shipmentId }, why));
    },

    async confirmDelivery(input, { transaction, clock, subject }) {
      const why = { by: toSubjectId(subject()), now: clock.now() };
      return transaction((tx) => deliver(tx, input, why));
    },

    async acceptReturn(input, { transaction, ids, clock, subject }) {
      const returnId = ids.prefixed('ret');
      const why = { by: toSubjectId(subject()), now: clock.now() };
      return transaction((tx) => acceptReturn(tx, { ...input, returnId }, why));
    },

    async refundOrder({ orderId, amount, reason }, { transaction, ids, clock, subject }) {
      const refundId = ids.prefixed('rfd');
      const why = { by: toSubjectId(subject()), now: clock.now(), reason };
      return transaction((tx) => requestRefund(tx, { orderId, refundId, amount, why }));
    },

    async getHistory({ orderId, ...page }, { store: db }) {
      await getOrder(db, orderId);
      return listHistory(db, orderId, page);
    },

    exportSubject: ({ subject, cursor }, { store: db }) => exportSubject(db, subject, cursor),
    eraseSubject: ({ subject }, context) => eraseSubject(subject, context),
    getContact: ({ orderId }, { store: db }) => getContact(db, orderId),
    exportFacts: (input, context) => exportFacts(context, input),
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
      // What has come of it, the checkout asks itself.
      async PaymentAuthorized({ payload: { orderId } }, { transaction }) {
        await transaction(async ({ wake }) => void (await wake(orderId)));
      },
      async PaymentDeclined({ payload: { orderId } }, { transaction }) {
        await transaction(async ({ wake }) => void (await wake(orderId)));
      },
    },
  },
});

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
