import { api, error, event, operation, sensitive } from '@portico/contract';
import * as z from 'zod';
import { CartVersion, NotSold } from './cart.ts';
import {
  AccountId,
  Address,
  CountryCode,
  Email,
  Erasure,
  exportFacts,
  Instant,
  LINES_MAX,
  Money,
  OrderId,
  pageInput,
  pageOf,
  ShipmentId,
  Sku,
  SkuQuantities,
  SubjectId,
  subjectInput,
} from './common.ts';
import { OutOfStock } from './inventory.ts';
import {
  Contact,
  FailureReason,
  FulfilmentState,
  HistoryLine,
  OrderExport,
  OrderFact,
  OrderPaymentState,
  OrderState,
  OrderSummary,
  OrderView,
  QuoteView,
  RefundView,
  ReturnView,
  ShipmentView,
  ShippingMethod,
} from './orders-types.ts';
import { PaymentToken, RefundTooLarge } from './payments.ts';

export { OrderExport } from './orders-types.ts';

const PricedLine = z
  .object({
    sku: Sku,
    expected: Money.meta({ description: 'Absent: it was not in your cart.' }).optional(),
    actual: Money.meta({ description: 'Absent: it is not sold any more.' }).optional(),
  })
  .meta({ id: 'PricedLine', title: 'Unit price that has changed' });

export const CartEmpty = error({ status: 409, summary: 'There is nothing in your cart.' });
export const NotDeliverable = error({
  status: 409,
  summary: 'The shop does not ship there, or not this way.',
  data: z.object({ country: CountryCode }),
});
export const CartChanged = error({
  status: 409,
  summary: 'Your cart has changed since you looked. Look again.',
  data: z.object({ version: CartVersion }),
});
export const PriceChanged = error({
  status: 409,
  summary: 'Prices have changed since you looked.',
  data: z.object({
    lines: z.array(PricedLine).max(LINES_MAX),
    expected: Money,
    actual: Money,
  }),
});
export const CheckoutOpen = error({
  status: 409,
  summary: 'An order for this cart is under way.',
  data: z.object({ orderId: OrderId }),
});
export const NotCancellable = error({
  status: 409,
  summary: 'It is too late to cancel this order.',
  data: z.object({ state: OrderState, fulfilment: FulfilmentState }),
});
export const NotShippable = error({
  status: 409,
  summary: 'The order can not be shipped, or not these pieces.',
  data: z.object({
    state: OrderState,
    payment: OrderPaymentState,
    fulfilment: FulfilmentState,
  }),
});
export const NotReturnable = error({
  status: 409,
  summary: 'These pieces were not delivered, or have come back already.',
  data: z.object({ sku: Sku }),
});

const mine = { exposure: 'public', access: 'orders:place', owner: 'subject' } as const;
const staff = { exposure: 'partner', access: 'orders:manage', owner: 'shared' } as const;
const shipping = {
  country: CountryCode,
  shippingMethod: ShippingMethod.meta({ description: 'If left out: the cheapest.' }).optional(),
};

const fact = { orderId: OrderId };
const priced = { ...fact, total: Money };
const partner = { exposure: 'partner', access: 'orders:manage', owner: 'shared' } as const;
const orderEvent = <Fields extends z.ZodRawShape>(summary: string, fields: Fields) =>
  event({ summary, key: 'orderId', payload: z.object(fields) });
const partnerEvent = <Fields extends z.ZodRawShape>(summary: string, fields: Fields) =>
  event({ ...partner, summary, key: 'orderId', payload: z.object(fields) });

/** Orders: from the quote to the parcel and back. */
export const Orders = api('orders', {
  version: '1.0.0',
  summary: 'Orders, from the quote to the parcel and back.',
  operations: {
    getQuote: operation({
      ...mine,
      summary: 'What your cart would cost, shipped to a country.',
      effect: 'safe',
      http: 'GET /quote',
      input: z.object(shipping),
      output: QuoteView,
      errors: { CartEmpty, NotDeliverable, NotSold },
    }),
    placeOrder: operation({
      ...mine,
      summary: 'Order what is in your cart.',
      description:
        'Names the cart version and the total that you saw; if either is different now, nothing ' +
        'is ordered. Answers at once with a pending order: read on with `getOrder` and `wait`. ' +
        'Repeat it with the same key after a lost answer, and there is one order.',
      effect: 'keyed',
      criticality: 'critical',
      http: 'POST /orders',
      creates: 'getOrder',
      cost: 10,
      timeoutMs: 10_000,
      input: z.object({
        cartVersion: CartVersion,
        expectedTotal: Money,
        contact: Contact,
        shippingAddress: Address,
        shippingMethod: ShippingMethod.optional(),
        paymentToken: PaymentToken.meta({
          ...sensitive(),
          description: 'May be left out when the total is zero.',
        }).optional(),
        returnUrl: z
          .url()
          .max(2_000)
          .meta({ description: 'Where the customer comes back to after 3-D Secure.' })
          .optional(),
      }),
      output: OrderView,
      errors: {
        CartEmpty,
        CartChanged,
        PriceChanged,
        NotSold,
        NotDeliverable,
        OutOfStock,
        CheckoutOpen,
      },
    }),
    getOrder: operation({
      ...mine,
      summary: 'One order.',
      description:
        'With `wait` it answers as soon as the order needs the customer or is no longer pending.',
      effect: 'safe',
      http: 'GET /orders/{orderId}',
      waits: true,
      timeoutMs: 15_000,
      input: z.object({
        orderId: OrderId,
        wait: z.int().min(0).max(10).meta({ description: 'Seconds.' }).optional(),
      }),
      output: OrderView,
    }),
    listOrders: operation({
      ...mine,
      summary: 'Your orders, newest first.',
      effect: 'safe',
      http: 'GET /orders',
      input: z.object({ state: OrderState.optional(), ...pageInput }),
      output: pageOf(OrderSummary),
    }),
    cancelOrder: operation({
      ...mine,
      summary: 'Cancel an order that has not been shipped.',
      effect: 'idempotent',
      http: 'PUT /orders/{orderId}/cancellation',
      input: z.object({ orderId: OrderId, reason: z.string().max(300).optional() }),
      output: OrderView,
      errors: { NotCancellable },
    }),
    searchOrders: operation({
      ...staff,
      summary: 'Find orders, newest first.',
      effect: 'safe',
      http: 'GET /search',
      cost: 2,
      input: z.object({
        state: OrderState.optional(),
        payment: OrderPaymentState.optional(),
        fulfilment: FulfilmentState.optional(),
        customerId: AccountId.optional(),
        email: Email.optional(),
        placedFrom: Instant.optional(),
        placedUntil: Instant.optional(),
        ...pageInput,
      }),
      output: pageOf(OrderSummary),
    }),
    shipOrder: operation({
      ...staff,
      summary: 'Send a parcel, with all or some of what is left to ship.',
      effect: 'keyed',
      http: 'POST /orders/{orderId}/shipments',
      input: z.object({
        orderId: OrderId,
        carrier: z.string().min(1).max(100),
        trackingNumber: z.string().min(1).max(100).optional(),
        lines: SkuQuantities.meta({ description: 'If left out: all that is left.' }).optional(),
      }),
      output: ShipmentView,
      errors: { NotShippable },
    }),
    confirmDelivery: operation({
      ...staff,
      summary: 'Note that a parcel has arrived.',
      effect: 'idempotent',
      http: 'PUT /orders/{orderId}/shipments/{shipmentId}/delivery',
      input: z.object({ orderId: OrderId, shipmentId: ShipmentId }),
      output: ShipmentView,
    }),
    acceptReturn: operation({
      ...staff,
      summary: 'Take back pieces that were delivered.',
      description: 'Money is given back apart, by refundOrder.',
      effect: 'keyed',
      http: 'POST /orders/{orderId}/returns',
      input: z.object({
        orderId: OrderId,
        lines: SkuQuantities,
        restock: z.boolean().meta({ description: 'Whether they can be sold again.' }),
      }),
      output: ReturnView,
      errors: { NotReturnable },
    }),
    refundOrder: operation({
      ...staff,
      summary: 'Give back some or all of what was paid.',
      effect: 'keyed',
      http: 'POST /orders/{orderId}/refunds',
      input: z.object({
        orderId: OrderId,
        amount: Money,
        reason: z.string().min(1).max(300),
      }),
      output: RefundView,
      errors: { RefundTooLarge },
    }),
    getHistory: operation({
      ...staff,
      summary: 'Everything that happened to an order.',
      effect: 'safe',
      http: 'GET /orders/{orderId}/history',
      input: z.object({ orderId: OrderId, ...pageInput }),
      output: pageOf(HistoryLine),
    }),
    exportSubject: operation({
      summary: "One person's orders, with what names them.",
      effect: 'safe',
      input: subjectInput.extend({ cursor: pageInput.cursor }),
      output: pageOf(OrderExport),
    }),
    eraseSubject: operation({
      summary: "Anonymize one person's orders.",
      description:
        'Lines, amounts, tax, country and dates stay. `open`: so many orders have not ended yet; ' +
        'nothing was erased, call again when they have.',
      effect: 'idempotent',
      input: subjectInput,
      output: Erasure.extend({ open: z.int().min(0) }),
    }),
    getContact: operation({
      summary: 'Whose an order is, and whom to write to about it.',
      description: 'Events name nobody, so who sends messages asks here. Empty once it was erased.',
      effect: 'safe',
      input: z.object({ orderId: OrderId }),
      output: z.object({ subject: SubjectId.optional(), contact: Contact.optional() }),
    }),
    exportFacts: exportFacts(OrderFact, 'orders, returns, refunds and sagas'),
  },
  events: {
    OrderPlaced: orderEvent('A customer has ordered.', { ...priced, subject: SubjectId }),
    OrderConfirmed: partnerEvent('An order is paid for or promised; it can be packed.', priced),
    OrderPaid: orderEvent('The money of an order was taken.', priced),
    OrderFailed: orderEvent('An order came to nothing; nothing was charged.', {
      ...fact,
      reason: FailureReason,
    }),
    OrderCancelled: partnerEvent('An order was cancelled.', priced),
    OrderShipped: partnerEvent('A parcel of an order is on its way.', {
      ...fact,
      shipmentId: ShipmentId,
    }),
    OrderDelivered: orderEvent('All parcels of an order have arrived.', fact),
    OrderReturned: orderEvent('Pieces of an order came back.', fact),
    OrderRefunded: orderEvent('Money of an order was given back.', { ...fact, refunded: Money }),
    OrderCompleted: orderEvent('An order is delivered and settled.', {
      ...fact,
      subject: SubjectId,
    }),
  },
});
