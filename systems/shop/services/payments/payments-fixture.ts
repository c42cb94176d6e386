import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@portico/service';
import { BadSignature, Payments } from '../../contracts/payments.ts';
import { money } from '../../money.ts';
import { startSandbox } from '../../sandbox-psp/server.ts';
import { createSkippingHost, type SkippingHost } from '../fixtures/skipping-host.ts';
import { startServices, type TestServices } from '../fixtures/test-services.ts';
import type { PaymentsConfig } from './config.ts';
import { CARDS, KEYS, WEBHOOK_SECRET } from './provider-fixture.ts';
import { payments } from './service.ts';

/** What orders ask of payments. */
export interface Asked {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: ReturnType<typeof money>;
  readonly token: string;
  readonly returnUrl: string;
}

/** A fault as the sandbox takes it. */
export interface Fault {
  readonly kind: string;
  readonly count?: number;
  readonly rate?: number;
  readonly ms?: number;
}

/** Payments on SQLite with a provider that sends them its webhooks, on time that can be skipped. */
export interface TestPayments {
  readonly host: SkippingHost;
  /** As orders. */
  readonly internal: Client<typeof Payments>;
  readonly staff: Client<typeof Payments>;
  create(card?: keyof typeof CARDS, amount?: number): Promise<Asked>;
  /** A `latency` lasts until `release`, however long it is. */
  fault(...faults: readonly Fault[]): Promise<void>;
  /** Lets the provider go on with whatever it is late with. */
  release(): void;
  /** Resolves when the provider has done all that it was asked, answered or not. */
  idle(): Promise<void>;
  /** How often each fault that is set has hit. */
  hits(): Promise<readonly number[]>;
  /** The customer's click on the page of 3-D Secure. */
  decide(url: string | undefined, decision: 'approve' | 'reject'): Promise<void>;
  /** Sends the webhooks that are due; the statuses they were answered with. */
  deliver(): Promise<readonly number[]>;
  /** The names of the events told of a payment, in order. */
  eventsOf(paymentId: string): readonly string[];
  /** What the provider's ledger holds of it. */
  theirsOf(paymentId: string): Promise<readonly string[]>;
  /** Both ledgers, that have to be the same. */
  ledgerOf(paymentId: string): Promise<readonly string[]>;
  /** Every event of a name: its payload. */
  published(name: string): readonly Record<string, unknown>[];
  /** Changes the stored data behind the back of the service. */
  tamper(sql: string): void;
  /** The same data, another process. */
  restart(): Promise<void>;
  /** A payment at the provider that payments know nothing of. */
  payElsewhere(reference: string, amount: number): Promise<void>;
  /** Gives money back at the provider itself. */
  refundElsewhere(paymentId: string, amount: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts payments and their provider in this process. */
export async function startPayments(provider: 'sandbox' | 'stripe'): Promise<TestPayments> {
  const host = createSkippingHost();
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  let answered: number[] = [];
  let services: TestServices;
  let staff: Client<typeof Payments>;
  const receiver = createServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const header = (name: string) => request.headers[name]?.toString();
    const input = {
      provider,
      payload: Buffer.concat(chunks).toString('base64'),
      webhookId: header('webhook-id'),
      webhookTimestamp: header('webhook-timestamp'),
      webhookSignature: header('webhook-signature'),
      stripeSignature: header('stripe-signature'),
    };
    const given = Object.entries(input).filter(([, value]) => value !== undefined);
    const status = await staff.receiveProviderEvent(Object.fromEntries(given) as never).then(
      () => 204,
      (problem) => (BadSignature.is(problem) ? 400 : 500),
    );
    answered.push(status);
    reply.writeHead(status).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const webhook = {
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
    secret: WEBHOOK_SECRET,
    dialect: provider,
  };
  const now = () => host.clock.now();
  const late = createLatch();
  const sandbox = await startSandbox(
    { file: ':memory:', keys: KEYS, webhook, now, wait: (_, signal) => late.pass(signal) },
    0,
  );
  const config = toConfig(provider, sandbox.url);
  const start = async () => {
    services = await startServices([payments], { config: { payments: config }, host, directory });
    staff = services.as(Payments, 'user:acc_staff', 'payments:read', 'shop:audit');
  };
  await start();

  const psp = async (method: string, path: string, body?: object) => {
    const reply = await fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${KEYS.secret}`, 'idempotency-key': host.ids.uuid() },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await reply.json()) as {
      token: string;
      id: string;
      items: { id: string; payment: string; kind: string; reference: string }[];
      faults: { hits: number }[];
    };
  };
  const tokenOf = async (card: keyof typeof CARDS) => {
    const fields = { number: CARDS[card], expMonth: 1, expYear: 2099, cvc: '123' };
    return (await psp('POST', '/tokens', fields)).token;
  };
  const read = <T>(work: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(join(directory, 'payments', 'store.db'));
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  const envelopes = (where: string, value: string) =>
    read((db) =>
      db
        .prepare(`SELECT envelope FROM portico_outbox WHERE ${where} ORDER BY pos`)
        .all(value)
        .map(({ envelope }) => JSON.parse(String(envelope))),
    ) as { type: string; data: Record<string, unknown> }[];
  const nameOf = ({ type }: { type: string }) => type.split('.').at(-2) ?? type;
  const theirsOf = async (paymentId: string) => {
    const { items } = await psp('GET', '/ledger');
    const ids = items.filter(({ reference }) => reference === paymentId).map((row) => row.payment);
    return items.filter(({ payment }) => ids.includes(payment)).map(({ kind }) => kind);
  };
  return {
    host,
    get internal() {
      return services.asService(Payments);
    },
    get staff() {
      return staff;
    },
    async create(card = 'works', amount = 1000) {
      return {
        paymentId: host.ids.prefixed('pay'),
        orderId: host.ids.prefixed('ord'),
        amount: money(amount, 'EUR'),
        token: await tokenOf(card),
        returnUrl: 'http://127.0.0.1/return',
      };
    },
    async fault(...faults) {
      await psp('PUT', '/faults', { faults });
    },
    release: late.open,
    idle: sandbox.idle,
    hits: async () => (await psp('GET', '/faults')).faults.map(({ hits }) => hits),
    async decide(url, decision) {
      assert.ok(url);
      const body = new URLSearchParams({ decision });
      await fetch(url, { method: 'POST', body, redirect: 'manual' });
    },
    async deliver() {
      await sandbox.deliver();
      const statuses = answered;
      answered = [];
      return statuses;
    },
    eventsOf: (paymentId) => envelopes('key = ?', paymentId).map(nameOf),
    published: (name) =>
      envelopes('1 = 1 OR key = ?', '')
        .filter((envelope) => nameOf(envelope) === name)
        .map(({ data }) => data),
    theirsOf,
    async ledgerOf(paymentId) {
      const { items } = await staff.exportFacts({ limit: 500 });
      const ours = items.flatMap((fact) =>
        fact.kind === 'ledger' && fact.paymentId === paymentId ? [fact.entry] : [],
      );
      assert.deepEqual([...ours].sort(), [...(await theirsOf(paymentId))].sort());
      return ours;
    },
    tamper: (sql) => read((db) => db.exec(sql)),
    async restart() {
      await services.stop();
      await start();
    },
    async payElsewhere(reference, amount) {
      const token = await tokenOf('works');
      const body = { reference, amount, currency: 'EUR', token };
      const { id } = await psp('POST', '/payments', body);
      await psp('POST', `/payments/${id}/capture`, { amount });
    },
    async refundElsewhere(paymentId, amount) {
      const { items } = await psp('GET', `/payments?reference=${paymentId}`);
      const body = { amount, reference: `elsewhere_${paymentId}` };
      await psp('POST', `/payments/${items[0]?.id}/refunds`, body);
    },
    async stop() {
      await sandbox.close();
      await services.stop();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Holds whoever wants to pass until it is opened for a moment. */
function createLatch() {
  const waiting = new Set<() => void>();
  return {
    pass: (signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    open() {
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
  };
}

function toConfig(provider: 'sandbox' | 'stripe', url: string): PaymentsConfig {
  const keys = {
    publishableKey: KEYS.publishable,
    secretKey: KEYS.secret,
    webhookSecret: WEBHOOK_SECRET,
  };
  if (provider === 'sandbox') return { provider, sandbox: { url, ...keys } };
  return { provider, stripe: { apiUrl: url, tokenUrl: `${url}/tokens`, ...keys } };
}
