import type Stripe from 'stripe';
import { parseCurrency } from '../../money.ts';
import type { ProviderPayment, ProviderState } from './provider.ts';

/** The name of the metadata that holds our payment's id at an intent, our refund's id at a refund. */
export const REFERENCE = 'reference';

/** What has to be shown in full for {@link toPayment}. */
export const INTENT_EXPAND = ['latest_charge', 'payment_method'];

/** Stripe has not decided yet, or an intent is not of our making: ask again later. */
export class UnsettledIntent extends Error {
  override readonly name = 'UnsettledIntent';
}

/**
 * Where an intent stands, in our words. One without a valid payment method is declined for us: no
 * second card is ever tried on it.
 */
export function toState(intent: Stripe.PaymentIntent): ProviderState {
  switch (intent.status) {
    case 'requires_action':
      return 'actionRequired';
    case 'requires_capture':
      return 'authorized';
    case 'succeeded':
      return 'captured';
    case 'canceled':
      return 'voided';
    case 'requires_payment_method':
      return 'declined';
    default:
      throw new UnsettledIntent(`${intent.id} is ${intent.status}.`);
  }
}

/** An intent and its refunds as a payment. @throws {UnsettledIntent} */
export function toPayment(
  intent: Stripe.PaymentIntent,
  refunds: readonly Stripe.Refund[],
): ProviderPayment {
  const { latest_charge: charge, last_payment_error: error } = intent;
  const card = toCard(intent);
  return {
    providerId: intent.id,
    reference: intent.metadata[REFERENCE] ?? '',
    state: toState(intent),
    declineReason: error ? toReason(error) : undefined,
    actionUrl: intent.next_action?.redirect_to_url?.url ?? undefined,
    brand: card?.brand ?? undefined,
    last4: card?.last4 ?? undefined,
    amount: { amount: intent.amount, currency: parseCurrency(intent.currency.toUpperCase()) },
    wasAuthorized: charge !== null && toState(intent) !== 'declined',
    capturedAmount: intent.status === 'succeeded' ? intent.amount_received : 0,
    refunds: refunds
      .filter(({ status }) => status !== 'failed' && status !== 'canceled')
      .map(({ id, metadata, amount }) => ({ refundId: metadata?.[REFERENCE] ?? id, amount })),
    disputed: typeof charge === 'object' && charge?.disputed === true,
  };
}

/** Why a card was declined: the bank's own reason where Stripe tells it. */
export function toReason(error: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
}): string {
  if (error.code !== 'card_declined') return error.code ?? 'card_declined';
  return error.decline_code ?? error.code;
}

function toCard(intent: Stripe.PaymentIntent) {
  const { latest_charge: charge, payment_method: method, last_payment_error: error } = intent;
  if (typeof charge === 'object' && charge?.payment_method_details?.card) {
    return charge.payment_method_details.card;
  }
  if (typeof method === 'object' && method?.card) return method.card;
  return error?.payment_method?.card;
}
