import { api, error, event, operation, sensitive } from '@portico/contract';
import * as z from 'zod';
import {
  Currency,
  exportFacts,
  Instant,
  Money,
  OrderId,
  PaymentId,
  pageInput,
  pageOf,
  RefundId,
} from './common.ts';

export const PaymentState = z
  .enum([
    'created',
    'sent',
    'actionRequired',
    'authorized',
    'captured',
    'partlyRefunded',
    'refunded',
    'declined',
    'voided',
  ])
  .meta({
    id: 'PaymentState',
    title: 'State of a payment',
    description: '`sent`: the provider was asked and has not answered yet.',
  });

export const DeclineReason = z
  .enum([
    'declined',
    'insufficientFunds',
    'expiredCard',
    'wrongCvc',
    'authenticationFailed',
    'processingError',
    'expired',
  ])
  .meta({ id: 'DeclineReason', title: 'Why a payment was declined' });

/** A token that the provider made of a card, or of a payment under way. Never a card number. */
export const PaymentToken = z
  .string()
  .min(1)
  .max(500)
  .meta({ ...sensitive(), title: 'Payment token', description: "From the provider's own page." });

const Card = z
  .object({
    brand: z.string().max(40),
    lastFour: z.string().regex(/^[0-9]{4}$/),
  })
  .meta({ id: 'CardSummary', title: 'What is kept of a card' });

const NextAction = z
  .object({
    url: z.url().max(2_000).meta({ description: 'Send the customer there.' }),
    expiresAt: Instant,
  })
  .meta({ id: 'PaymentAction', title: 'What the customer must do (3-D Secure)' });

const Payment = z
  .object({
    paymentId: PaymentId,
    orderId: OrderId,
    provider: z.string().max(40),
    providerReference: z.string().max(200).optional(),
    state: PaymentState,
    amount: Money,
    captured: Money,
    refunded: Money,
    card: Card.optional(),
    declineReason: DeclineReason.optional(),
    nextAction: NextAction.optional(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Payment', title: 'Payment' });

const RefundState = z
  .enum(['created', 'sent', 'refunded'])
  .meta({ id: 'RefundState', title: 'State of a refund' });

const RefundView = z
  .object({
    refundId: RefundId,
    paymentId: PaymentId,
    state: RefundState,
    amount: Money,
  })
  .meta({ id: 'PaymentRefund', title: 'Refund at the provider' });

const LedgerKind = z
  .enum(['authorized', 'captured', 'voided', 'refunded', 'disputed'])
  .meta({ id: 'LedgerKind', title: 'Kind of ledger entry' });

const Mismatch = z
  .object({
    providerReference: z.string().max(200),
    paymentId: PaymentId.optional(),
    entry: LedgerKind,
    ours: Money.meta({ description: 'Absent: we know nothing of it.' }).optional(),
    theirs: Money.meta({ description: 'Absent: the provider knows nothing of it.' }).optional(),
  })
  .meta({ id: 'Mismatch', title: 'Where the ledgers differ' });

const PaymentFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('payment'),
        paymentId: z.string(),
        orderId: z.string(),
        provider: z.string(),
        providerReference: z.string().optional(),
        state: PaymentState,
        amount: Money,
        captured: Money,
        refunded: Money,
        captures: z.int().min(0),
      })
      .meta({ id: 'PaymentCount' }),
    z
      .object({
        kind: z.literal('ledger'),
        position: z.int().min(0),
        paymentId: z.string(),
        providerReference: z.string().optional(),
        entry: LedgerKind,
        amount: Money,
        at: Instant,
      })
      .meta({ id: 'LedgerFact' }),
    z
      .object({
        kind: z.literal('unmatchedEvent'),
        provider: z.string(),
        eventId: z.string(),
        at: Instant,
      })
      .meta({ id: 'UnmatchedEvent', description: 'A provider event that fits no payment.' }),
  ])
  .meta({ id: 'PaymentFact', title: 'Fact of payments' });

export const BadSignature = error({
  status: 400,
  summary: 'The event is not signed by this provider, or is too old.',
});
export const PaymentDeclined = error({
  status: 402,
  summary: 'The payment was declined.',
  data: z.object({ reason: DeclineReason }),
});
export const ProviderUnavailable = error({
  status: 503,
  summary: 'The payment provider does not answer. Nothing was charged.',
});
export const CaptureRefused = error({
  status: 409,
  summary: 'The provider does not capture this payment any more.',
  data: z.object({ state: PaymentState }),
});
export const RefundTooLarge = error({
  status: 409,
  summary: 'More than what is left to refund.',
  data: z.object({ refundable: Money }),
});
export const PaymentVoided = error({
  status: 409,
  summary: 'The payment was given up before it was authorized.',
});

const staff = { exposure: 'partner', access: 'payments:read', effect: 'safe' } as const;
const step = {
  exposure: 'internal',
  effect: 'idempotent',
  criticality: 'critical',
  owner: 'shared',
  timeoutMs: 10_000,
} as const;

const paymentEvent = <Extra extends z.ZodRawShape>(summary: string, extra: Extra) =>
  event({
    summary,
    key: 'paymentId',
    payload: z.object({ paymentId: PaymentId, orderId: OrderId, amount: Money, ...extra }),
  });

/** Taking and returning money, through a provider. */
export const Payments = api('payments', {
  version: '1.0.0',
  summary: 'Taking and returning money.',
  operations: {
    getPaymentConfig: operation({
      summary: 'What a page needs to turn a card into a token.',
      description:
        'The card goes from the page straight to the provider. It never reaches the shop.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /config',
      cache: { maxAgeSeconds: 300, shared: true },
      output: z.object({
        provider: z.string().max(40),
        publishableKey: z.string().max(300),
        tokenUrl: z.url().max(2_000).meta({ description: 'Where cards go.' }).optional(),
        currencies: z.array(Currency).max(10),
      }),
    }),
    receiveProviderEvent: operation({
      summary: "Take a provider's webhook.",
      description:
        'The body is checked as bytes against its signature; older than five minutes is refused. ' +
        'It is a hint: the provider is then asked for the truth.',
      exposure: 'public',
      access: 'anyone',
      effect: 'idempotent',
      criticality: 'critical',
      http: 'POST /provider-events/{provider}',
      raw: {
        body: 'payload',
        headers: {
          webhookId: 'webhook-id',
          webhookTimestamp: 'webhook-timestamp',
          webhookSignature: 'webhook-signature',
          stripeSignature: 'stripe-signature',
        },
      },
      input: z.object({
        provider: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
        payload: z.base64().meta(sensitive()),
        webhookId: z.string().max(300).optional(),
        webhookTimestamp: z.string().max(40).optional(),
        webhookSignature: z.string().max(2_000).optional(),
        stripeSignature: z.string().max(2_000).optional(),
      }),
      errors: { BadSignature },
    }),
    getPayment: operation({
      ...staff,
      summary: 'One payment.',
      owner: 'shared',
      http: 'GET /payments/{paymentId}',
      input: z.object({ paymentId: PaymentId }),
      output: Payment,
    }),
    listPayments: operation({
      ...staff,
      summary: 'Payments, newest first.',
      owner: 'shared',
      http: 'GET /payments',
      input: z.object({
        orderId: OrderId.optional(),
        state: PaymentState.optional(),
        ...pageInput,
      }),
      output: pageOf(Payment),
    }),
    getReconciliation: operation({
      ...staff,
      summary: "How our ledger compares with the provider's, for one day.",
      http: 'GET /reconciliations/{date}',
      input: z.object({ date: z.iso.date().meta({ description: 'UTC.' }) }),
      output: z.object({
        date: z.iso.date(),
        comparedAt: Instant,
        entries: z.int().min(0),
        sums: z.array(Money).max(10).meta({ description: 'Captured less refunded, by currency.' }),
        mismatches: z.array(Mismatch).max(1_000),
      }),
    }),
    authorize: operation({
      ...step,
      summary: 'Have the provider set an amount aside.',
      description:
        'Answers with the state it finds. `actionRequired`: the customer must confirm first, and ' +
        'PaymentAuthorized follows. `sent`: not known yet; ask again.',
      input: z.object({
        paymentId: PaymentId,
        orderId: OrderId,
        amount: Money,
        token: PaymentToken,
        returnUrl: z.url().max(2_000).meta({ description: 'After 3-D Secure.' }).optional(),
      }),
      output: Payment,
      errors: { PaymentDeclined, ProviderUnavailable, PaymentVoided },
    }),
    capture: operation({
      ...step,
      summary: 'Take the whole amount that was set aside, once.',
      input: z.object({ paymentId: PaymentId }),
      output: Payment,
      errors: { CaptureRefused, ProviderUnavailable },
    }),
    void: operation({
      ...step,
      summary: 'Let go what was set aside.',
      description:
        'Of a payment not seen yet it leaves a tombstone, and a late authorize is refused. What ' +
        'was captured already is refused too: refund it.',
      input: z.object({ paymentId: PaymentId, orderId: OrderId }),
      output: z.object({ paymentId: PaymentId, state: PaymentState }),
      errors: { ProviderUnavailable },
    }),
    refund: operation({
      ...step,
      summary: 'Give money back.',
      input: z.object({ refundId: RefundId, paymentId: PaymentId, amount: Money }),
      output: RefundView,
      errors: { RefundTooLarge, ProviderUnavailable },
    }),
    exportFacts: exportFacts(PaymentFact, 'payments, every ledger entry, events that fit nothing'),
  },
  events: {
    PaymentActionRequired: paymentEvent('The customer must confirm a payment (3-D Secure).', {
      expiresAt: Instant,
    }),
    PaymentAuthorized: paymentEvent('An amount was set aside.', {}),
    PaymentDeclined: paymentEvent('A payment was declined.', { reason: DeclineReason }),
    PaymentCaptured: paymentEvent('The money was taken.', {}),
    PaymentVoided: paymentEvent('What was set aside was let go.', {}),
    PaymentRefunded: paymentEvent('Money was given back.', { refundId: RefundId, refunded: Money }),
    PaymentDisputed: paymentEvent('The card holder disputes a payment.', {}),
    LedgerMismatch: event({
      summary: "Our ledger and the provider's differ.",
      key: 'providerReference',
      payload: z.object({ date: z.iso.date(), ...Mismatch.shape }),
    }),
  },
});
