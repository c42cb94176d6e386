import type { Money } from '../../money.ts';
import type { PaymentRowState } from './payment-states.ts';
import type { PaymentRow } from './tables.ts';

/** The state that others see: refunds show in it. */
export function toPublicState(row: PaymentRow): PaymentRowState | 'partlyRefunded' | 'refunded' {
  if (row.state !== 'captured' || row.refunded === 0) return row.state;
  return row.refunded < row.captured ? 'partlyRefunded' : 'refunded';
}

/** The amount of a payment. */
export function amountOf(row: PaymentRow, amount = row.amount): Money {
  return { amount, currency: row.currency };
}

/** A payment as others see it. */
export function toPayment(row: PaymentRow) {
  const waits = row.state === 'actionRequired' && row.action_url && row.action_expires_at;
  return {
    paymentId: row.payment_id,
    orderId: row.order_id,
    provider: row.provider,
    ...(row.provider_id ? { providerReference: row.provider_id } : {}),
    state: toPublicState(row),
    amount: amountOf(row),
    captured: amountOf(row, row.captured),
    refunded: amountOf(row, row.refunded),
    ...(row.brand && row.last_four ? { card: { brand: row.brand, lastFour: row.last_four } } : {}),
    ...(row.decline_reason ? { declineReason: row.decline_reason } : {}),
    ...(waits
      ? {
          nextAction: {
            url: row.action_url ?? '',
            expiresAt: new Date(row.action_expires_at ?? 0).toISOString(),
          },
        }
      : {}),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}

/** A refund as others see it. */
export function toRefund(
  payment: PaymentRow,
  refund: { refund_id: string; amount: number; state: 'sent' | 'refunded' },
) {
  return {
    refundId: refund.refund_id,
    paymentId: payment.payment_id,
    state: refund.state,
    amount: amountOf(payment, refund.amount),
  };
}
