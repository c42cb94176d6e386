import type Stripe from 'stripe';
import * as z from 'zod';
import { BadEvent, type ProviderEvent } from './provider.ts';
import { REFERENCE } from './stripe-payment.ts';

/** An event older than this is refused, so that a recorded one can't be played again later. */
const AGE_MAX_SECONDS = 5 * 60;

/** What is common to intents, charges and disputes; other events have none of it. */
const Told = z.object({
  id: z.string().optional(),
  object: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
  payment_intent: z.string().nullish(),
});

/** A webhook of Stripe as it came. */
export interface SignedEvent {
  readonly payload: Uint8Array;
  /** `Stripe-Signature`. */
  readonly signature: string;
  /** Unix time in ms. */
  readonly now: number;
}

/** Checks signature and age by the SDK and tells which payment an event is about. @throws {BadEvent} */
export function readStripeEvent(
  stripe: Stripe,
  { payload, signature, now }: SignedEvent,
  secret: string,
): ProviderEvent {
  const event = (() => {
    try {
      const bytes = Buffer.from(payload);
      return stripe.webhooks.constructEvent(
        bytes,
        signature,
        secret,
        AGE_MAX_SECONDS,
        undefined,
        now,
      );
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : String(problem);
      throw new BadEvent(`The event is not one of Stripe of the last five minutes: ${message}`);
    }
  })();
  const told = Told.safeParse(event.data.object).data;
  const providerId = told?.object === 'payment_intent' ? told.id : told?.payment_intent;
  return {
    id: event.id,
    type: event.type,
    reference: told?.metadata?.[REFERENCE],
    providerId: providerId ?? undefined,
  };
}
