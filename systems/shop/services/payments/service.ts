import { service } from '@portico/service';
import { Payments } from '../../contracts/payments.ts';
import { PAGE_DEFAULT, parseCursor, toPage } from '../../paging.ts';
import { authorize, capture, findPayment, refund, voidPayment } from './commands.ts';
import { PaymentsConfig } from './config.ts';
import { createProvider } from './create-provider.ts';
import { exportFacts } from './facts.ts';
import { receiveEvent } from './provider-events.ts';
import { getReconciliation, reconcileYesterday } from './reconciliation.ts';
import { sweepPayments } from './sweep.ts';
import { store } from './tables.ts';
import { toPayment } from './views.ts';

/** Taking and returning money. Holds I3 and I4. */
export const payments = service(Payments)({
  store,
  config: PaymentsConfig,
  operations: {
    async getPaymentConfig(_input, { config, clock }) {
      const { currencies, ...shown } = (
        await createProvider(config, () => clock.now())
      ).clientConfig();
      return { ...shown, currencies: [...currencies] };
    },

    async receiveProviderEvent(input, context) {
      await receiveEvent(
        {
          provider: input.provider,
          payload: Buffer.from(input.payload, 'base64'),
          headers: {
            'webhook-id': input.webhookId,
            'webhook-timestamp': input.webhookTimestamp,
            'webhook-signature': input.webhookSignature,
            'stripe-signature': input.stripeSignature,
          },
        },
        context,
      );
      return undefined;
    },

    getPayment: async ({ paymentId }, { store: db }) => toPayment(await findPayment(db, paymentId)),

    async listPayments({ orderId, state, limit = PAGE_DEFAULT, cursor }, { store: db }) {
      const [at, id] = parseCursor(cursor, [0, ''] as [number, string]) ?? [Infinity, ''];
      let query = db.selectFrom('payment').selectAll();
      if (at !== Infinity) {
        query = query.where((eb) =>
          eb(eb.refTuple('created_at', 'payment_id'), '<', eb.tuple(at, id)),
        );
      }
      if (orderId) query = query.where('order_id', '=', orderId);
      if (state === 'partlyRefunded' || state === 'refunded') {
        query = query
          .where('refunded', '>', 0)
          .whereRef('refunded', state === 'refunded' ? '=' : '<', 'captured');
      } else if (state === 'captured') {
        query = query.where('state', '=', 'captured').where('refunded', '=', 0);
      } else if (state) {
        query = query.where('state', '=', state === 'created' ? 'sent' : state);
      }
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('payment_id', 'desc')
        .limit(limit + 1)
        .execute();
      return toPage(rows, limit, {
        item: toPayment,
        position: (row) => [row.created_at, row.payment_id],
      });
    },

    getReconciliation: ({ date }, { store: db }) => getReconciliation(db, date),
    authorize: (input, context) => authorize(input, context),
    capture: ({ paymentId }, context) => capture(paymentId, context),
    void: (input, context) => voidPayment(input, context),
    refund: (input, context) => refund(input, context),
    exportFacts: (input, { store: db }) => exportFacts(db, input),
  },
  every: {
    '5s': (context) => sweepPayments(context),
    '15m': (context) => reconcileYesterday(context),
  },
});
