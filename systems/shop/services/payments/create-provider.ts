import type { PaymentsConfig } from './config.ts';
import type { PaymentProvider } from './provider.ts';
import { createSandboxProvider } from './provider-sandbox.ts';

/**
 * The provider that this configuration names. It holds no state, so each call may make its own. The
 * adapter of Stripe is loaded with the first one: its SDK costs 0.2 s that no other shop should pay.
 */
export async function createProvider(
  config: PaymentsConfig,
  now: () => number,
): Promise<PaymentProvider> {
  if (config.provider === 'sandbox') return createSandboxProvider(config.sandbox, now);
  const { createStripeProvider } = await import('./provider-stripe.ts');
  return createStripeProvider(config.stripe, now);
}
