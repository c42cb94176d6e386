import type Stripe from 'stripe';
import { parseCurrency } from '../../money.ts';
import type { ProviderTransaction } from './provider.ts';
import { REFERENCE } from './stripe-payment.ts';

/** As many as Stripe gives at once. */
const PAGE = 100;

/**
 * What moved money at Stripe, as lines of a ledger. Amounts are those of the charge, refund or dispute:
 * a balance transaction itself is in the currency of the account.
 */
export async function listStripeTransactions(
  stripe: Stripe,
  {
    from,
    to,
    cursor,
  }: { readonly from: number; readonly to: number; readonly cursor?: string | undefined },
) {
  const page = await stripe.balanceTransactions.list({
    created: { gte: Math.floor(from / 1000), lt: Math.ceil(to / 1000) },
    limit: PAGE,
    expand: ['data.source'],
    ...(cursor ? { starting_after: cursor } : {}),
  });
  const items: ProviderTransaction[] = [];
  for (const transaction of page.data) {
    const item = await toTransaction(stripe, transaction);
    if (item) items.push(item);
  }
  return { items, next: page.has_more ? page.data.at(-1)?.id : undefined };
}

/** `undefined` for what is no payment: fees, payouts, transfers. */
async function toTransaction(
  stripe: Stripe,
  transaction: Stripe.BalanceTransaction,
): Promise<ProviderTransaction | undefined> {
  const { id, source, reporting_category: category } = transaction;
  if (source === null || typeof source === 'string') return undefined;
  const at = transaction.created * 1000;
  if (source.object === 'charge' && category === 'charge') {
    const reference = source.metadata[REFERENCE] ?? source.id;
    return { id, kind: 'captured', reference, at, ...moneyOf(source, source.amount_captured) };
  }
  if (source.object === 'refund' && category === 'refund') {
    const reference = source.metadata?.[REFERENCE] ?? source.id;
    return { id, kind: 'refunded', reference, at, ...moneyOf(source) };
  }
  if (source.object === 'dispute' && category === 'dispute') {
    const reference = await referenceOf(stripe, source);
    return { id, kind: 'disputed', reference, at, ...moneyOf(source) };
  }
  return undefined;
}

/** A dispute names only the intent. */
async function referenceOf(stripe: Stripe, dispute: Stripe.Dispute): Promise<string> {
  const { payment_intent: intent } = dispute;
  if (intent === null) return dispute.id;
  const id = typeof intent === 'string' ? intent : intent.id;
  const { metadata } = await stripe.paymentIntents.retrieve(id);
  return metadata[REFERENCE] ?? dispute.id;
}

function moneyOf(
  source: { readonly amount: number; readonly currency: string },
  amount = source.amount,
) {
  return { amount, currency: parseCurrency(source.currency.toUpperCase()) };
}
