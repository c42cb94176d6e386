import type { Transaction } from '@portico/service';
import { type SqlStoreDefinition, sqlStore } from '@portico/store';
import type { Generated, Kysely, Selectable } from 'kysely';
import type { Orders } from '../../contracts/orders.ts';
import type { Currency } from '../../money.ts';
import { migrations } from './migrations.ts';
import type { FailureReason, FulfilmentState, OrderState, PaymentAxis } from './order-states.ts';

/** What orders owns. Amounts are minor units of the order's currency, times Unix ms. */
export interface OrdersTables {
  orders: {
    order_id: string;
    /** Whose it is, without the kind: `acc_…`, `gst_…`; empty once it was erased. */
    subject: string;
    cart_id: string;
    cart_version: number;
    currency: Currency;
    state: OrderState;
    payment: PaymentAxis;
    fulfilment: FulfilmentState;
    failure_reason: FailureReason | null;
    cancellation_requested: number;
    /** Each change of the row adds one; moves name the version that they saw. */
    version: number;
    /** The total that the customer agreed to. */
    accepted: number;
    subtotal: number;
    discount: number;
    shipping: number;
    total: number;
    tax: number;
    refunded: number;
    shipping_method: string;
    country: string;
    payment_id: string | null;
    /** Until the provider has answered; a token works once. */
    payment_token: string | null;
    return_url: string | null;
    action_url: string | null;
    action_expires_at: number | null;
    /** 1 until the cart is closed or the order has ended: one such order per cart. */
    checkout_open: number;
    /** 1 once its pieces have left the stock. */
    committed: number;
    placed_at: number;
    updated_at: number;
  };
  order_line: {
    order_id: string;
    position: number;
    sku: string;
    title: string;
    quantity: number;
    unit_price: number;
    total: number;
    tax_rate: number;
    tax: number;
  };
  contact: { order_id: string; name: string; email: string; phone: string | null; address: string };
  shipment: {
    shipment_id: string;
    order_id: string;
    carrier: string;
    tracking_number: string | null;
    shipped_at: number;
    delivered_at: number | null;
  };
  shipment_line: { shipment_id: string; sku: string; quantity: number };
  order_return: {
    return_id: string;
    order_id: string;
    restock: number;
    restocked: number;
    accepted_at: number;
  };
  return_line: { return_id: string; sku: string; quantity: number };
  refund: {
    refund_id: string;
    order_id: string;
    amount: number;
    reason: string;
    state: 'requested' | 'refunded';
    requested_at: number;
    refunded_at: number | null;
  };
  history: {
    seq: Generated<number>;
    order_id: string;
    at: number;
    axis: 'state' | 'payment' | 'fulfilment' | 'note';
    from_value: string | null;
    to_value: string;
    by_whom: string;
    reason: string | null;
  };
}

/** The store of orders. */
export const store: SqlStoreDefinition<OrdersTables> = sqlStore<OrdersTables>({ migrations });

/** Queries on orders' own data. */
export type OrdersDb = Kysely<OrdersTables>;

/** A transaction on orders' own data. */
export type OrdersTransaction = Transaction<typeof store, (typeof Orders)['events']>;

/** An order as it is stored. */
export type OrderRow = Selectable<OrdersTables['orders']>;
