import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiRequest, createApi, type Keys } from './api.ts';
import { renderChallenge } from './challenge-page.ts';
import { openDatabase, transaction } from './database.ts';
import { createFaults, type FaultKind } from './faults.ts';
import { createPayments } from './payments.ts';
import { Problem } from './problem.ts';
import { createStripeApi } from './stripe-api.ts';
import { createWebhooks, type WebhookTarget } from './webhooks.ts';

/** What a sandbox is made of. */
export interface SandboxSpec {
  /** The file of its ledger, `:memory:` for none. */
  readonly file: string;
  readonly keys: Keys;
  readonly webhook?: WebhookTarget | undefined;
  /** Unix time in ms. */
  readonly now?: () => number;
  /** Waits so many ms, rejects when `signal` aborts; how late answers are late. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A running sandbox. */
export interface Sandbox {
  /** `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Resolves when no request is under way, also none whose client has gone. */
  idle(): Promise<void>;
  /** Sends the events that are due, until none is. They are sent without it too, a moment later. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than clients keep theirs: a request that meets a closing connection is lost. */
const KEEP_ALIVE_MS = 65_000;
/** No request of a payment is longer. */
const BODY_MAX_BYTES = 64 * 1024;

/** Starts the payment service provider on 127.0.0.1; port 0 takes a free one. */
export async function startSandbox(spec: SandboxSpec, port: number): Promise<Sandbox> {
  const { now = Date.now, wait = (ms, signal) => sleep(ms, undefined, { signal }) } = spec;
  const database = openDatabase(spec.file);
  const faults = createFaults();
  const webhooks = createWebhooks({ database, now, faults, target: spec.webhook });
  const payments = createPayments(database, now, webhooks.enqueue);
  const core = { database, keys: spec.keys, now, payments, faults };
  const own = createApi(core);
  const stripe = createStripeApi(core);
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  const answerChallenge = async (request: IncomingMessage, reply: ServerResponse, id: string) => {
    if (request.method === 'POST') {
      const decision = new URLSearchParams(await readBody(request)).get('decision');
      const payment = transaction(database, () =>
        payments.answerChallenge(id, decision === 'approve'),
      );
      const location = payment.returnUrl ?? request.url ?? '/';
      reply.writeHead(303, { location }).end();
      return;
    }
    const payment = payments.findChallenge(id);
    if (!payment) throw new Problem(404, 'challenge_unknown', 'There is nothing to confirm here.');
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    };
    reply.writeHead(200, headers).end(renderChallenge(payment));
  };

  const answerApi = async (
    request: IncomingMessage,
    reply: ServerResponse,
    target: URL,
  ): Promise<void> => {
    const asked: ApiRequest = {
      method: request.method ?? 'GET',
      path: target.pathname,
      query: target.searchParams,
      body: await readBody(request),
      credential: /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1],
      key: request.headers['idempotency-key']?.toString(),
      origin: target.origin,
    };
    const face = asked.path.startsWith('/v1/') ? stripe : own;
    const hits = (kind: FaultKind) => faults.take(kind, face.last4Of(asked));
    const pays = face.pays(asked);
    if (!isAdministration(asked.path) && hits('down')) return cut(request);
    if (pays) {
      const late = hits('latency');
      if (late) await wait(late.ms, stopping.signal);
      if (hits('lost-request')) return cut(request);
      if (hits('error')) throw new Problem(500, 'internal', 'The sandbox failed.');
    }
    const answer = face.handle(asked);
    await webhooks.overtake();
    if (pays && hits('timeout-after-success')) return cut(request);
    const headers = {
      ...jsonHeaders,
      ...(answer.replayed ? { 'idempotent-replayed': 'true' } : {}),
    };
    reply.writeHead(answer.status, headers).end(answer.body);
  };

  const server = createServer((request, reply) => {
    const target = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
    const challenge = /^\/challenges\/([\w-]+)$/.exec(target.pathname)?.[1];
    const answered = (() => {
      if (request.method === 'OPTIONS') {
        reply.writeHead(204, jsonHeaders).end();
        return Promise.resolve();
      }
      if (challenge) return answerChallenge(request, reply, challenge);
      return answerApi(request, reply, target);
    })();
    const ended = answered
      .catch((problem: unknown) => refuse(reply, problem))
      .finally(() => underWay.delete(ended));
    underWay.add(ended);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  webhooks.start();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    idle,
    deliver: webhooks.flush,
    async close() {
      stopping.abort();
      await webhooks.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await idle();
      database.close();
    },
  };
}

/** A page of any origin may turn a card into a token; the keys decide about the rest. */
const jsonHeaders = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-allow-methods': 'POST',
} as const;

/** What an operator and a checker use, which no fault concerns. */
function isAdministration(path: string): boolean {
  return path === '/faults' || path === '/ledger';
}

/** Ends the connection without an answer. */
function cut(request: IncomingMessage): void {
  request.socket.destroy();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new Problem(413, 'too_large', 'The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(reply: ServerResponse, problem: unknown): void {
  if (reply.headersSent) {
    reply.destroy();
    return;
  }
  const known = problem instanceof Problem;
  const cutShort = problem instanceof Error && problem.name === 'AbortError';
  if (!known && !cutShort) console.error(problem);
  const error = known
    ? { code: problem.code, message: problem.message }
    : { type: 'api_error', code: 'internal', message: 'The sandbox failed.' };
  reply.writeHead(known ? problem.status : 500, jsonHeaders).end(JSON.stringify({ error }));
}
