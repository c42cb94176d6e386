import type { LedgerEntry, ProviderState } from './provider.ts';

/** Where a payment stands with us. Refunds leave it `captured`. */
export type PaymentRowState =
  | 'sent'
  | 'actionRequired'
  | 'authorized'
  | 'captured'
  | 'declined'
  | 'voided';

/** Why a payment was declined, in our words. */
export type DeclineReason =
  | 'declined'
  | 'insufficientFunds'
  | 'expiredCard'
  | 'wrongCvc'
  | 'authenticationFailed'
  | 'processingError'
  | 'expired';

const RANK: Readonly<Record<PaymentRowState, number>> = {
  sent: 0,
  actionRequired: 1,
  authorized: 2,
  captured: 3,
  declined: 4,
  voided: 4,
};

/**
 * Where the provider's word takes a payment. It only moves forward: an old word changes nothing, a
 * decision of ours to void stands, and an authorization that was skipped is not.
 */
export function advance(state: PaymentRowState, truth: ProviderState): readonly PaymentRowState[] {
  if (RANK[state] >= RANK[truth] || state === 'declined' || state === 'voided') return [];
  if (truth === 'captured' && state !== 'authorized') return ['authorized', 'captured'];
  // Only what was never authorized is declined.
  if (truth === 'declined' && RANK[state] >= RANK.authorized) return [];
  if (truth === 'voided' && state === 'captured') return [];
  return [truth];
}

/** What the ledger must hold when the provider says that a payment stands there. */
export function ledgerOf(truth: ProviderState, wasAuthorized: boolean): LedgerEntry[] {
  if (truth === 'authorized') return ['authorized'];
  if (truth === 'captured') return ['authorized', 'captured'];
  // Voided from 3-D Secure, nothing was ever set aside.
  if (truth === 'voided') return wasAuthorized ? ['authorized', 'voided'] : ['voided'];
  return [];
}

const REASONS: Readonly<Record<string, DeclineReason>> = {
  insufficient_funds: 'insufficientFunds',
  expired_card: 'expiredCard',
  incorrect_cvc: 'wrongCvc',
  invalid_cvc: 'wrongCvc',
  authentication_failed: 'authenticationFailed',
  authentication_required: 'authenticationFailed',
  payment_intent_authentication_failure: 'authenticationFailed',
  processing_error: 'processingError',
};

/** A provider's reason in our words. */
export function toDeclineReason(reason: string | undefined): DeclineReason {
  return REASONS[reason ?? ''] ?? 'declined';
}
