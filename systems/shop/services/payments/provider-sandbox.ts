import * as z from 'zod';
import { CURRENCY_EXPONENTS, type Currency, parseCurrency } from '../../money.ts';
import type { SandboxConfig } from './config.ts';
import {
  BadEvent,
  type Command,
  isNeverSent,
  type Outcome,
  type PaymentProvider,
  type ProviderPayment,
  reasonOf,
} from './provider.ts';
import { assertSigned } from './standard-webhooks.ts';

const PaymentReply = z.object({
  id: z.string(),
  reference: z.string(),
  amount: z.int(),
  currency: z.string(),
  state: z.enum(['actionRequired', 'authorized', 'declined', 'captured', 'voided']),
  declineReason: z.string().nullable(),
  authorized: z.int(),
  captured: z.int(),
  card: z.object({ brand: z.string(), last4: z.string() }),
  actionUrl: z.string().nullable(),
  refunds: z.array(z.object({ reference: z.string(), amount: z.int() })).optional(),
  disputed: z.boolean().optional(),
});
const ErrorReply = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const FoundReply = z.object({ items: z.array(PaymentReply) });
const TransactionsReply = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      reference: z.string(),
      amount: z.int(),
      currency: z.string(),
      at: z.string(),
    }),
  ),
  next: z.string().optional(),
});
const EventBody = z.object({
  type: z.string(),
  data: z.object({ reference: z.string().optional(), paymentId: z.string().optional() }),
});

/** Speaks the sandbox PSP's own JSON API. */
export function createSandboxProvider(config: SandboxConfig, now: () => number): PaymentProvider {
  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const headers = { authorization: `Bearer ${config.secretKey}` };
    const reply = await fetch(config.url + path, { headers, signal });
    if (!reply.ok) throw new Error(`The sandbox PSP answered ${reply.status} to GET ${path}.`);
    return reply.json();
  };
  return {
    name: 'sandbox',
    ledgerEntries: ['authorized', 'captured', 'voided', 'refunded', 'disputed'],

    async execute(command, key, signal) {
      const { path, body } = toRequest(command);
      try {
        const reply = await fetch(config.url + path, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${config.secretKey}`,
            'content-type': 'application/json',
            'idempotency-key': key,
          },
          body: JSON.stringify(body),
          signal,
        });
        return toOutcome(reply.status, await reply.json());
      } catch (problem) {
        return toFailure(problem);
      }
    },

    async find({ reference }, signal) {
      const found = await get(`/payments?reference=${encodeURIComponent(reference)}`, signal);
      const [payment] = FoundReply.parse(found).items;
      return payment && toPayment(payment);
    },

    readEvent(payload, header) {
      const id = header('webhook-id');
      const signed = {
        id,
        timestamp: header('webhook-timestamp'),
        signature: header('webhook-signature'),
      };
      assertSigned(payload, signed, { secret: config.webhookSecret, now: now() });
      const event = EventBody.safeParse(parseJson(payload));
      if (!event.success) throw new BadEvent('The event is signed, but not one of the sandbox.');
      return {
        id: id ?? '',
        type: event.data.type,
        reference: event.data.data.reference,
        providerId: event.data.data.paymentId,
      };
    },

    async listTransactions({ from, to, cursor }, signal) {
      const query = new URLSearchParams({
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...(cursor ? { cursor } : {}),
      });
      const page = TransactionsReply.parse(await get(`/transactions?${query}`, signal));
      const items = page.items.map((item) => ({
        ...item,
        currency: parseCurrency(item.currency),
        at: Date.parse(item.at),
      }));
      return { items, next: page.next };
    },

    clientConfig: () => ({
      provider: 'sandbox',
      publishableKey: config.publishableKey,
      tokenUrl: `${config.url}/tokens`,
      currencies: Object.keys(CURRENCY_EXPONENTS) as Currency[],
    }),
  };
}

function toRequest(command: Command): { readonly path: string; readonly body: object } {
  if (command.kind === 'authorize') {
    const { reference, amount, token, returnUrl } = command;
    return { path: '/payments', body: { reference, ...amount, token, returnUrl } };
  }
  const path = `/payments/${encodeURIComponent(command.providerId)}`;
  if (command.kind === 'capture') {
    return { path: `${path}/capture`, body: { amount: command.amount.amount } };
  }
  if (command.kind === 'void') return { path: `${path}/void`, body: {} };
  const { refundId, amount } = command;
  return { path: `${path}/refunds`, body: { reference: refundId, amount: amount.amount } };
}

/** Refusals of the shop, not of the payment: nothing was done, and somebody must put it right. */
const NOT_EXECUTED: readonly number[] = [401, 403, 429];
/** Under this key or reference something else was done, perhaps long ago. */
const UNCLEAR: readonly string[] = ['key_reused', 'reference_used'];

/** 5xx says nothing about what was done; 4xx is final, but for what says nothing about this payment. */
function toOutcome(status: number, body: unknown): Outcome {
  const parsed = PaymentReply.safeParse(body);
  if (parsed.success && status < 300) return { kind: 'done', payment: toPayment(parsed.data) };
  if (parsed.success && status === 402) {
    const payment = toPayment(parsed.data);
    return { kind: 'refused', reason: payment.declineReason ?? 'card_declined', payment };
  }
  const refusal = ErrorReply.safeParse(body);
  const reason = refusal.success ? refusal.data.error.code : `status ${status}`;
  if (NOT_EXECUTED.includes(status)) return { kind: 'notExecuted', reason };
  const final = status >= 400 && status < 500 && refusal.success && !UNCLEAR.includes(reason);
  if (final) return { kind: 'refused', reason };
  return { kind: 'unknown', reason };
}

/** A connection that was never made carried no command; whatever else failed may have. */
function toFailure(problem: unknown): Outcome {
  const reason = reasonOf(problem);
  return { kind: isNeverSent(problem) ? 'notExecuted' : 'unknown', reason };
}

function toPayment(reply: z.infer<typeof PaymentReply>): ProviderPayment {
  return {
    providerId: reply.id,
    reference: reply.reference,
    state: reply.state,
    declineReason: reply.declineReason ?? undefined,
    actionUrl: reply.actionUrl ?? undefined,
    brand: reply.card.brand,
    last4: reply.card.last4,
    amount: { amount: reply.amount, currency: parseCurrency(reply.currency) },
    wasAuthorized: reply.authorized > 0,
    capturedAmount: reply.captured,
    refunds: (reply.refunds ?? []).map(({ reference, amount }) => ({
      refundId: reference,
      amount,
    })),
    disputed: reply.disputed ?? false,
  };
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
