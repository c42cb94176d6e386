import Stripe from 'stripe';
import { CURRENCY_EXPONENTS, type Currency } from '../../money.ts';
import type { StripeConfig } from './config.ts';
import {
  type Authorize,
  BadEvent,
  type Command,
  type Outcome,
  type PaymentProvider,
  type ProviderPayment,
  type Sought,
} from './provider.ts';
import { readStripeEvent } from './stripe-event.ts';
import { isAnswer, refusedIntent, toFailure } from './stripe-failure.ts';
import { INTENT_EXPAND, REFERENCE, toPayment } from './stripe-payment.ts';
import { listStripeTransactions } from './stripe-transactions.ts';

/** Longer than any answer that is waited for; the caller's signal ends a call before. */
const TIMEOUT_MS = 30_000;
/** An intent has few refunds; with more of them than a page holds, the oldest ones are known already. */
const REFUNDS_MAX = 100;
/**
 * The decimals that Stripe charges. Of BHD it takes fils in tens only, which is two, not the three of
 * ISO 4217: an amount of ours might not be payable, so the currency is not offered at all.
 */
const STRIPE_EXPONENTS: Readonly<Record<Currency, number>> = { EUR: 2, GBP: 2, JPY: 0, BHD: 2 };

/**
 * Speaks with Stripe through its official SDK: an intent per payment, authorized at once, captured
 * whole and later. The SDK's own retries are off; it uses `fetch`, since with Node's client it repeats
 * a request once on a closed connection even so.
 */
export function createStripeProvider(config: StripeConfig, now: () => number): PaymentProvider {
  const connect = (signal: AbortSignal): Stripe =>
    new Stripe(config.secretKey, {
      ...toAddress(config.apiUrl),
      maxNetworkRetries: 0,
      telemetry: false,
      timeout: TIMEOUT_MS,
      httpClient: Stripe.createFetchHttpClient((url, init) => {
        const own = init?.signal ? [init.signal] : [];
        return fetch(url, { ...init, signal: AbortSignal.any([signal, ...own]) });
      }),
    });
  const currencies = (Object.keys(CURRENCY_EXPONENTS) as Currency[]).filter(
    (currency) => STRIPE_EXPONENTS[currency] === CURRENCY_EXPONENTS[currency],
  );
  return {
    name: 'stripe',
    // Balances know nothing of money that was only set aside.
    ledgerEntries: ['captured', 'refunded', 'disputed'],

    async execute(command, key, signal) {
      if (command.kind === 'authorize' && !currencies.includes(command.amount.currency)) {
        return { kind: 'refused', reason: 'currency_not_supported' };
      }
      try {
        return await carryOut(connect(signal), command, key);
      } catch (problem) {
        return toFailure(problem);
      }
    },

    find: (sought, signal) => find(connect(signal), sought),

    readEvent(payload, header) {
      const signature = header('stripe-signature');
      if (!signature) throw new BadEvent('The event is not signed.');
      const stripe = connect(new AbortController().signal);
      return readStripeEvent(stripe, { payload, signature, now: now() }, config.webhookSecret);
    },

    listTransactions: (range, signal) => listStripeTransactions(connect(signal), range),

    clientConfig: () => ({
      provider: 'stripe',
      publishableKey: config.publishableKey,
      ...(config.tokenUrl ? { tokenUrl: config.tokenUrl } : {}),
      currencies,
    }),
  };
}

async function carryOut(stripe: Stripe, command: Command, key: string): Promise<Outcome> {
  const once = { idempotencyKey: key };
  if (command.kind === 'refund') return giveBack(stripe, command, key);
  if (command.kind === 'authorize') return done(await create(stripe, command, key));
  const { providerId } = command;
  if (command.kind === 'void') {
    const params = { expand: INTENT_EXPAND };
    return done(await stripe.paymentIntents.cancel(providerId, params, once));
  }
  const params = { amount_to_capture: command.amount.amount, expand: INTENT_EXPAND };
  return done(await stripe.paymentIntents.capture(providerId, params, once));
}

function done(intent: Stripe.PaymentIntent): Outcome {
  return { kind: 'done', payment: toPayment(intent, []) };
}

function create(stripe: Stripe, command: Authorize, key: string) {
  const { reference, amount, token, returnUrl } = command;
  return stripe.paymentIntents.create(
    {
      amount: amount.amount,
      currency: amount.currency.toLowerCase(),
      payment_method: token,
      allowed_payment_method_types: ['card'],
      capture_method: 'manual',
      confirm: true,
      metadata: { [REFERENCE]: reference },
      ...(returnUrl ? { return_url: returnUrl } : {}),
      expand: INTENT_EXPAND,
    },
    { idempotencyKey: key },
  );
}

async function giveBack(
  stripe: Stripe,
  command: Extract<Command, { kind: 'refund' }>,
  key: string,
): Promise<Outcome> {
  const { providerId, refundId, amount } = command;
  const refund = await stripe.refunds.create(
    {
      payment_intent: providerId,
      amount: amount.amount,
      metadata: { [REFERENCE]: refundId },
    },
    { idempotencyKey: key },
  );
  if (refund.status === 'failed' || refund.status === 'canceled') {
    return { kind: 'refused', reason: refund.failure_reason ?? refund.status };
  }
  // It is done, whatever becomes of this look at the payment.
  return read(stripe, providerId).then(
    (payment) => ({ kind: 'done', payment }),
    (problem) => ({ kind: 'unknown', reason: String(problem) }),
  );
}

async function read(stripe: Stripe, providerId: string): Promise<ProviderPayment> {
  const intent = await stripe.paymentIntents.retrieve(providerId, { expand: INTENT_EXPAND });
  if (intent.status !== 'succeeded') return toPayment(intent, []);
  const refunds = await stripe.refunds.list({ payment_intent: providerId, limit: REFUNDS_MAX });
  return toPayment(intent, refunds.data);
}

/** By the id that is known, else by the same request under the same key, else by search, which lags. */
async function find(stripe: Stripe, sought: Sought): Promise<ProviderPayment | undefined> {
  const id = sought.providerId ?? (await repeat(stripe, sought)) ?? (await search(stripe, sought));
  if (id === undefined) return undefined;
  const payment = await read(stripe, id);
  return payment.reference === sought.reference ? payment : undefined;
}

async function repeat(stripe: Stripe, { wanted }: Sought): Promise<string | undefined> {
  if (!wanted) return undefined;
  try {
    return (await create(stripe, wanted.command, wanted.key)).id;
  } catch (problem) {
    // Stripe repeats a stored failure for a day, so the search has the last word.
    if (isAnswer(problem)) return refusedIntent(problem)?.id;
    throw problem;
  }
}

async function search(stripe: Stripe, { reference }: Sought): Promise<string | undefined> {
  // Our ids are words; anything else would be a query of its own.
  if (!/^\w{1,200}$/.test(reference)) return undefined;
  const query = `metadata['${REFERENCE}']:'${reference}'`;
  const found = await stripe.paymentIntents.search({ query, limit: REFUNDS_MAX });
  const [first] = found.data;
  return (found.data.find(({ status }) => status !== 'canceled') ?? first)?.id;
}

function toAddress(apiUrl: string | undefined) {
  if (!apiUrl) return {};
  const { hostname: host, port, protocol } = new URL(apiUrl);
  const secure = protocol === 'https:';
  return {
    host,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol: secure ? ('https' as const) : ('http' as const),
  };
}
