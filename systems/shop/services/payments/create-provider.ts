import type { PaymentsConfig } from './config.ts';
import type { PaymentProvider } from './provider.ts';
import { createSandboxProvider } from './provider-sandbox.ts';

/** A provider that whoever composes the shop has made: a simulation. */
export interface GivenProvider {
  readonly provider: 'given';
  connect(now: () => number): PaymentProvider;
}

/**
 * The provider that this configuration names. It holds no state, so each call may make its own. The
 * adapter of Stripe is loaded with the first one: its SDK costs 0.2 s that no other shop should pay.
 */
export async function createProvider(
  config: PaymentsConfig | GivenProvider,
  now: () => number,
): Promise<PaymentProvider> {
  if (config.provider === 'given') return config.connect(now);
  if (config.provider === 'sandbox') return createSandboxProvider(config.sandbox, now);
  const { createStripeProvider } = await import('./provider-stripe.ts');
  return createStripeProvider(config.stripe, now);
}
