import { randomUUID } from 'node:crypto';
import { type TestCard, testProvider } from './provider-conformance.ts';
import { createStripeProvider } from './provider-stripe.ts';

/** Stripe's own cards for tests, by what they do (docs.stripe.com/testing). */
const CARDS: Readonly<Record<TestCard, string>> = {
  works: 'pm_card_visa',
  declined: 'pm_card_visa_chargeDeclined',
  insufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  challenge: 'pm_card_authenticationRequired',
  disputed: 'pm_card_createDispute',
};

const secretKey = process.env.STRIPE_TEST_KEY ?? '';
if (secretKey !== '' && !/^(sk|rk)_test_/.test(secretKey)) {
  throw new Error('STRIPE_TEST_KEY is not a test key: it starts with sk_test_ or rk_test_.');
}

// The live tier: Stripe itself in its test mode. It needs the internet and a key, and moves no money.
testProvider(
  'stripe, live',
  async () => ({
    provider: createStripeProvider(
      { secretKey, publishableKey: 'pk_test_live_tier', webhookSecret: 'whsec_bGl2ZQ==' },
      Date.now,
    ),
    tokenOf: async (card) => CARDS[card],
    reference: () => `pay_${randomUUID().replaceAll('-', '')}`,
    now: Date.now,
    close: async () => {},
  }),
  {
    all: secretKey === '' ? 'STRIPE_TEST_KEY is not set' : undefined,
    troubles: 'Stripe can not be made to lose answers or to send events here',
  },
);
