import * as z from 'zod';

const WebhookSecret = z.string().regex(/^whsec_[A-Za-z0-9+/=]+$/);
const Sandbox = z.object({
  url: z.url(),
  publishableKey: z.string().min(1),
  secretKey: z.string().min(1),
  webhookSecret: WebhookSecret,
});
const Stripe = z.object({
  publishableKey: z.string().min(1),
  secretKey: z.string().min(1),
  webhookSecret: WebhookSecret,
  /** Where Stripe's API answers, when it is not Stripe's own: the sandbox PSP. */
  apiUrl: z.url().optional(),
  /** Where a page sends a card; absent with Stripe itself, whose script does it. */
  tokenUrl: z.url().optional(),
});

/** Which provider takes the money, and how it is reached. */
export const PaymentsConfig = z.discriminatedUnion('provider', [
  z.object({ provider: z.literal('sandbox'), sandbox: Sandbox }),
  z.object({ provider: z.literal('stripe'), stripe: Stripe }),
]);
/** Where the sandbox PSP is, and the keys to it. */
export type SandboxConfig = z.infer<typeof Sandbox>;
/** Where Stripe is, and the keys to it. */
export type StripeConfig = z.infer<typeof Stripe>;
/** The configuration of payments, parsed. */
export type PaymentsConfig = z.infer<typeof PaymentsConfig>;
