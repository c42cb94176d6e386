import Stripe from 'stripe';
import { isNeverSent, type Outcome, reasonOf } from './provider.ts';
import { toPayment, toReason } from './stripe-payment.ts';

/** Refusals of the shop, not of the payment: nothing was done, and somebody must put it right. */
const NOT_EXECUTED: readonly (number | undefined)[] = [401, 403, 429];
/** Another request under the same key is under way. */
const CONFLICT = 409;

/** What an error of the SDK says about the command. */
export function toFailure(problem: unknown): Outcome {
  if (!(problem instanceof Stripe.errors.StripeError)) {
    return { kind: 'unknown', reason: String(problem) };
  }
  if (problem instanceof Stripe.errors.StripeConnectionError) {
    const { detail } = problem;
    return { kind: isNeverSent(detail) ? 'notExecuted' : 'unknown', reason: reasonOf(detail) };
  }
  const reason = toReason(problem);
  const status = problem.statusCode;
  if (NOT_EXECUTED.includes(status)) return { kind: 'notExecuted', reason: problem.type };
  const clear = status !== undefined && status >= 400 && status < 500 && status !== CONFLICT;
  if (!clear || problem instanceof Stripe.errors.StripeIdempotencyError) {
    return { kind: 'unknown', reason: problem.code ?? problem.type };
  }
  const intent = refusedIntent(problem);
  // A conflict of states shows the intent as it is; only a card's own error makes a payment of it.
  if (!intent || !(problem instanceof Stripe.errors.StripeCardError)) {
    return { kind: 'refused', reason };
  }
  return { kind: 'refused', reason, payment: toPayment(intent, []) };
}

/** Whether Stripe itself answered, with whatever refusal or failure. */
export function isAnswer(problem: unknown): problem is Stripe.errors.StripeError {
  const isStripe = problem instanceof Stripe.errors.StripeError;
  return isStripe && problem.statusCode !== undefined;
}

/** The intent that a refusal is about. */
export function refusedIntent(
  problem: Stripe.errors.StripeError,
): Stripe.PaymentIntent | undefined {
  return problem.payment_intent ?? undefined;
}
