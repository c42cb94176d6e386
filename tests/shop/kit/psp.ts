import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FaultKind } from '../../../systems/shop/sandbox-psp/faults.ts';
import { type Sandbox, startSandbox } from '../../../systems/shop/sandbox-psp/server.ts';

/** The sandbox's cards, by what they do. */
export const CARDS = {
  works: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  expired: '4000000000000069',
  wrongCvc: '4000000000000127',
  processingError: '4000000000000119',
  challenge: '4000000000003220',
  disputed: '4000000000000259',
  failsLuhn: '4242424242424241',
} as const;

export type Card = keyof typeof CARDS;

/** A line of the provider's ledger. */
export interface LedgerLine {
  readonly payment: string;
  readonly kind: string;
  readonly amount: number;
  readonly currency: string;
}

/** A webhook before it is sent. */
export interface SignedEvent {
  readonly body: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/** The provider, as a page and as its own operator see it. */
export interface Psp {
  readonly url: string;
  /** Where events go from now on. */
  sendEventsTo(origin: string): void;
  /** What the token endpoint answers for a card. */
  tokenize(card: Card): Promise<{ readonly status: number; readonly body: unknown }>;
  /** A token of a card that is good enough for one. */
  tokenOf(card: Card): Promise<string>;
  /** What the ledger holds of the payment with the shop's id `paymentId`. */
  ledgerOf(paymentId: string): Promise<readonly LedgerLine[]>;
  ledger(): Promise<readonly LedgerLine[]>;
  /** The merchant lets a payment go on the provider's own page, past the shop. @param paymentId The shop's. */
  voidByHand(paymentId: string): Promise<void>;
  /** Makes what is next of this kind go wrong, `count` times. */
  fail(kind: FaultKind, count?: number): Promise<void>;
  /** Nothing goes wrong any more. */
  mend(): Promise<void>;
  /** An event as the provider sent it `lateMs` ago, signed as Standard Webhooks says. */
  sign(event: object, lateMs?: number): SignedEvent;
  /** The customer's click on the 3-D Secure page. */
  decide(actionUrl: string, decision: 'approve' | 'refuse'): Promise<void>;
  close(): Promise<void>;
}

const keys = { publishable: 'pk_sandbox', secret: 'sk_sandbox' };
const secret = 'whsec_c2FuZGJveC1wc3Atd2ViaG9vay1rZXk=';

/**
 * Starts the sandbox provider in this process, on a free port. Its ledger lies in `directory`, where the
 * checker looks for it.
 */
export async function startPsp(directory: string, now: () => number): Promise<Psp> {
  let origin = 'http://127.0.0.1:1';
  const webhook = {
    secret,
    get url() {
      return `${origin}/payments/v1/provider-events/sandbox`;
    },
  };
  const file = join(directory, 'psp', 'ledger.db');
  mkdirSync(dirname(file));
  const sandbox: Sandbox = await startSandbox({ file, keys, webhook, now }, 0);
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${keys.secret}` };
    const reply = await fetch(`${sandbox.url}${path}`, { headers });
    return ((await reply.json()) as { items: never[] }).items;
  };
  const tokenize: Psp['tokenize'] = async (card) => {
    const reply = await fetch(`${sandbox.url}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.publishable}` },
      body: JSON.stringify({ number: CARDS[card], expMonth: 12, expYear: 2099, cvc: '123' }),
    });
    return { status: reply.status, body: await reply.json() };
  };
  const setFaults = async (faults: readonly object[]) => {
    const headers = { authorization: `Bearer ${keys.secret}` };
    const body = JSON.stringify({ faults });
    const reply = await fetch(`${sandbox.url}/faults`, { method: 'PUT', headers, body });
    if (!reply.ok) throw new Error(`the sandbox refused the fault: ${await reply.text()}`);
  };
  const ledger = (): Promise<readonly LedgerLine[]> => get('/ledger');
  return {
    url: sandbox.url,
    sendEventsTo(target) {
      origin = target;
    },
    tokenize,
    tokenOf: async (card) => ((await tokenize(card)).body as { token: string }).token,
    ledger,
    async ledgerOf(paymentId) {
      const found: readonly { readonly id: string }[] = await get(
        `/payments?reference=${paymentId}`,
      );
      const ids = new Set(found.map((payment) => payment.id));
      return (await ledger()).filter((line) => ids.has(line.payment));
    },
    async voidByHand(paymentId) {
      const found: readonly { readonly id: string }[] = await get(
        `/payments?reference=${paymentId}`,
      );
      const [payment] = found;
      const headers = { authorization: `Bearer ${keys.secret}`, 'idempotency-key': randomUUID() };
      const at = `${sandbox.url}/payments/${payment?.id}/void`;
      const reply = await fetch(at, { method: 'POST', headers, body: '{}' });
      if (!reply.ok) throw new Error(`the sandbox did not void: ${await reply.text()}`);
    },
    fail: (kind, count = 1) => setFaults([{ kind, count, ms: 100 }]),
    mend: () => setFaults([]),
    sign(event, lateMs = 0) {
      const body = JSON.stringify(event);
      const id = `evt_${randomUUID()}`;
      const timestamp = Math.floor((now() - lateMs) / 1000);
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      const digest = createHmac('sha256', key)
        .update(`${id}.${timestamp}.${body}`)
        .digest('base64');
      const signature = `v1,${digest}`;
      return { body, id, timestamp: String(timestamp), signature };
    },
    async decide(actionUrl, decision) {
      const body = new URLSearchParams({ decision });
      await fetch(actionUrl, { method: 'POST', body, redirect: 'manual' });
    },
    close: () => sandbox.close(),
  };
}
