import * as z from 'zod';
import {
  Address,
  CartId,
  CountryCode,
  Currency,
  Email,
  Instant,
  LINES_MAX,
  Money,
  OrderId,
  PaymentId,
  PersonName,
  Phone,
  Quantity,
  RefundId,
  ReturnId,
  ShipmentId,
  Sku,
  SkuQuantity,
} from './common.ts';

export const OrderState = z
  .enum(['pending', 'confirmed', 'completed', 'failed', 'cancelled'])
  .meta({ id: 'OrderState', title: 'State of an order' });

export const OrderPaymentState = z
  .enum([
    'none',
    'actionRequired',
    'authorized',
    'paid',
    'partlyRefunded',
    'refunded',
    'voided',
    'declined',
  ])
  .meta({
    id: 'OrderPaymentState',
    title: "State of an order's payment",
    description: 'An order with a total of zero stays `none`.',
  });

export const FulfilmentState = z
  .enum(['open', 'partlyShipped', 'shipped', 'delivered', 'partlyReturned', 'returned'])
  .meta({ id: 'FulfilmentState', title: "State of an order's parcels" });

export const FailureReason = z
  .enum([
    'OutOfStock',
    'PaymentDeclined',
    'PaymentExpired',
    'ProviderUnavailable',
    'ReservationExpired',
    'TimedOut',
  ])
  .meta({ id: 'FailureReason', title: 'Why an order failed' });

export const ShippingMethod = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9-]{0,39}$/)
  .meta({ title: 'Shipping method', examples: ['standard'] });

export const ShippingOption = z
  .object({ method: ShippingMethod, title: z.string().max(100), price: Money })
  .meta({ id: 'ShippingOption', title: 'Way to ship, and what it costs' });

const Tax = z
  .object({
    rateBasisPoints: z.int().min(0).max(10_000).meta({ description: '1900 is 19 %.' }),
    amount: Money,
  })
  .meta({ id: 'TaxPart', title: 'Tax that an amount holds' });

export const OrderLine = z
  .object({
    sku: Sku,
    title: z.string().max(300),
    quantity: Quantity,
    unitPrice: Money,
    total: Money,
    tax: Tax,
  })
  .meta({ id: 'OrderLine', title: 'Line of an order', description: 'As it was sold, for ever.' });

const amounts = {
  subtotal: Money.meta({ description: 'Sum of the lines, with tax.' }),
  discount: Money,
  shipping: Money,
  total: Money.meta({ description: 'subtotal − discount + shipping.' }),
  tax: Money.meta({ description: 'What of the total is tax.' }),
};

export const QuoteView = z
  .object({
    cartId: CartId,
    cartVersion: z.int().min(0).meta({ description: 'Pass it to placeOrder.' }),
    currency: Currency,
    lines: z.array(OrderLine).max(LINES_MAX),
    ...amounts,
    shippingMethod: ShippingMethod,
    shippingOptions: z.array(ShippingOption).max(20),
  })
  .meta({ id: 'Quote', title: 'What an order would cost' });

export const Contact = z
  .object({ name: PersonName, email: Email, phone: Phone.optional() })
  .meta({ id: 'Contact', title: 'Whom the shop writes to about an order' });

export const ShipmentView = z
  .object({
    shipmentId: ShipmentId,
    carrier: z.string().max(100),
    trackingNumber: z.string().max(100).optional(),
    lines: z.array(SkuQuantity).max(LINES_MAX),
    shippedAt: Instant,
    deliveredAt: Instant.optional(),
  })
  .meta({ id: 'Shipment', title: 'Parcel' });

export const RefundView = z
  .object({
    refundId: RefundId,
    amount: Money,
    state: z
      .enum(['requested', 'refunded'])
      .meta({ id: 'RefundProgress', title: 'State of a refund' }),
    reason: z.string().max(300),
    requestedAt: Instant,
    refundedAt: Instant.optional(),
  })
  .meta({ id: 'Refund', title: 'Refund' });

export const ReturnView = z
  .object({
    returnId: ReturnId,
    lines: z.array(SkuQuantity).max(LINES_MAX),
    restocked: z.boolean(),
    acceptedAt: Instant,
  })
  .meta({ id: 'Return', title: 'Pieces that came back' });

const orderHead = {
  orderId: OrderId,
  state: OrderState,
  payment: OrderPaymentState,
  fulfilment: FulfilmentState,
  failureReason: FailureReason.optional(),
  cancellationRequested: z.boolean(),
  placedAt: Instant,
  updatedAt: Instant,
};

export const OrderView = z
  .object({
    ...orderHead,
    cartId: CartId,
    cartVersion: z.int().min(0),
    currency: Currency,
    lines: z.array(OrderLine).max(LINES_MAX),
    ...amounts,
    refunded: Money,
    shippingMethod: ShippingMethod,
    country: CountryCode,
    paymentId: PaymentId.optional(),
    nextAction: z
      .object({ url: z.url().max(2_000), expiresAt: Instant })
      .meta({ id: 'NextAction', title: 'What the customer must do now' })
      .optional(),
    contact: Contact.meta({ description: 'Absent once it was erased.' }).optional(),
    shippingAddress: Address.meta({ description: 'Absent once it was erased.' }).optional(),
    shipments: z.array(ShipmentView).max(LINES_MAX),
    returns: z.array(ReturnView).max(LINES_MAX),
    refunds: z.array(RefundView).max(LINES_MAX),
  })
  .meta({ id: 'Order', title: 'Order' });

export const OrderSummary = z
  .object({ ...orderHead, total: Money, pieces: z.int().min(0) })
  .meta({ id: 'OrderSummary', title: 'Order in a list' });

/** What orders hold of one person, for their own export. */
export const OrderExport = z
  .object({
    orderId: OrderId,
    placedAt: Instant,
    state: OrderState,
    lines: z.array(OrderLine).max(LINES_MAX),
    total: Money,
    contact: Contact.optional(),
    shippingAddress: Address.optional(),
  })
  .meta({ id: 'OrderExport', title: 'An order, in an export' });

export const HistoryLine = z
  .object({
    at: Instant,
    axis: z
      .enum(['state', 'payment', 'fulfilment', 'note'])
      .meta({ id: 'HistoryAxis', title: 'What changed' }),
    from: z.string().max(40).optional(),
    to: z.string().max(40),
    by: z.string().max(200).meta({ description: 'Who did it: a subject, or a saga.' }),
    reason: z.string().max(300).optional(),
  })
  .meta({ id: 'HistoryLine', title: "Line of an order's history" });

export const OrderFact = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('order'),
        orderId: z.string(),
        cartId: z.string(),
        cartVersion: z.int().min(0),
        paymentId: z.string().optional(),
        state: OrderState,
        payment: OrderPaymentState,
        fulfilment: FulfilmentState,
        lines: z
          .array(
            z
              .object({ sku: Sku, quantity: Quantity, total: Money })
              .meta({ id: 'OrderLineCount', title: 'Pieces and amount of a line' }),
          )
          .max(LINES_MAX),
        accepted: Money.meta({ description: 'The total that the customer agreed to.' }),
        ...amounts,
        placedAt: Instant,
      })
      .meta({ id: 'OrderCount' }),
    z
      .object({
        kind: z.literal('return'),
        returnId: z.string(),
        orderId: z.string(),
        lines: z.array(SkuQuantity).max(LINES_MAX),
        restocked: z.boolean(),
      })
      .meta({ id: 'ReturnFact' }),
    z
      .object({
        kind: z.literal('refund'),
        refundId: z.string(),
        orderId: z.string(),
        state: z.enum(['requested', 'refunded']),
        amount: Money,
      })
      .meta({ id: 'RefundFact' }),
    z
      .object({
        kind: z.literal('saga'),
        sagaId: z.string(),
        orderId: z.string(),
        type: z.string(),
        state: z.string(),
        step: z.string().optional(),
        startedAt: Instant,
        deadlineAt: Instant.optional(),
      })
      .meta({ id: 'SagaFact' }),
  ])
  .meta({ id: 'OrderFact', title: 'Fact of orders' });
