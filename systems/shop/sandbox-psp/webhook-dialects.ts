import { createHmac } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from './payments.ts';
import { toStripeEvent } from './stripe-objects.ts';

/** How an event is written and signed. */
export type Dialect = 'sandbox' | 'stripe';

/** What is signed: id, Unix time in seconds, and the body as it is sent. */
export interface Signed {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
}

/** The signature of one message (Standard Webhooks, "Signature scheme"): `v1,` and HMAC-SHA256 in base64. */
export function sign(secret: string, { id, timestamp, body }: Signed): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

/** The value of `Stripe-Signature`: the key is the whole secret, the digest is written in hex. */
export function signAsStripe(
  secret: string,
  { timestamp, body }: Pick<Signed, 'timestamp' | 'body'>,
): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

/** The headers that prove where a message is from. */
export function toHeaders(dialect: Dialect, secret: string, signed: Signed) {
  if (dialect === 'stripe') return { 'stripe-signature': signAsStripe(secret, signed) };
  return {
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestamp),
    'webhook-signature': sign(secret, signed),
  };
}

/** The body of a message. */
export function toBody(
  dialect: Dialect,
  notice: Notice,
  { event, now, database }: { event: string; now: number; database: DatabaseSync },
): string {
  if (dialect === 'stripe') {
    return JSON.stringify(toStripeEvent(database, notice, { id: event, now }));
  }
  const { id, reference, state } = notice.payment;
  return JSON.stringify({
    type: notice.type,
    timestamp: new Date(now).toISOString(),
    data: { paymentId: id, reference, state },
  });
}
