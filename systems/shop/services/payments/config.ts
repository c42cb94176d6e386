import * as z from 'zod';
import type { PaymentProvider } from './provider.ts';
import { createSandboxProvider } from './provider-sandbox.ts';

/** Which provider takes the money, and how it is reached. */
export const PaymentsConfig = z.object({
  provider: z.literal('sandbox'),
  sandbox: z.object({
    url: z.url(),
    publishableKey: z.string().min(1),
    secretKey: z.string().min(1),
    webhookSecret: z.string().regex(/^whsec_[A-Za-z0-9+/=]+$/),
  }),
});
/** The configuration of payments, parsed. */
export type PaymentsConfig = z.infer<typeof PaymentsConfig>;

/** The provider that this configuration names. It holds no state, so each call may make its own. */
export function createProvider(config: PaymentsConfig, now: () => number): PaymentProvider {
  return createSandboxProvider(config.sandbox, now);
}
