import { randomUUID } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** One request, from its first byte to the end of its answer. */
export interface Sample {
  readonly operation: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What was wrong with it; absent when it was answered as hoped. */
  readonly problem?: string;
}

/** Clients who ask for the same things over and over. */
export interface SteadyLoad {
  /** Everything until now. */
  readonly samples: readonly Sample[];
  /** Resolves when so many more requests have ended. */
  more(requests: number): Promise<void>;
  /**
   * Resolves when each operation has been answered as hoped so many times in a row, of what begins from now on.
   * @throws {Error} when that does not happen for a minute, with what went wrong last.
   */
  well(times: number): Promise<void>;
  /** Begins nothing new, and waits for what is under way. */
  stop(): Promise<readonly Sample[]>;
}

/** What is asked of whom. */
export interface SteadyLoadOptions {
  readonly origin: string;
  /** Clients at once, each with a connection that it keeps. */
  readonly clients: number;
  /** Requests each second, all clients together. */
  readonly rate: number;
  /** Something on sale. */
  readonly sku: string;
}

/** No client waits longer. */
const TIMEOUT_MS = 20_000;

/**
 * Starts clients who go through the shop in a circle, each request under a new key where it has one. No client
 * asks again: whatever is not answered as hoped, whatever connection breaks, is a failed request.
 */
export async function startSteadyLoad(options: SteadyLoadOptions): Promise<SteadyLoad> {
  const { origin, clients, rate, sku } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const samples: Sample[] = [];
  const gapMs = (1_000 * clients) / rate;
  let isOver = false;

  const live = async (guest: Guest, index: number) => {
    const circle = circleOf(sku);
    let dueAt = performance.now() + (index * gapMs) / clients;
    for (let step = index; !isOver; step++) {
      const waitMs = dueAt - performance.now();
      // Who is late does not catch up: a load that follows a pause is another load.
      dueAt = Math.max(dueAt, performance.now()) + gapMs;
      if (waitMs > 0) await pause(waitMs);
      if (isOver) return;
      const ask = circle[step % circle.length] as Ask;
      samples.push(await measure({ origin, agent, ask, guest }));
    }
  };
  const guests = await Promise.all(
    Array.from({ length: clients }, () => becomeGuest({ origin, agent, sku })),
  );
  const ended = Promise.all(guests.map(live));
  return {
    samples,
    async more(requests) {
      const until = samples.length + requests;
      while (samples.length < until) await pause(LOOK_MS);
    },
    async well(times) {
      const from = performance.now();
      const begun = () => samples.filter(({ startedAt }) => startedAt >= from);
      while (!isWell(begun(), times)) {
        if (performance.now() - from > WELL_MS) {
          const last = begun().filter(({ problem }) => problem !== undefined);
          const told = last.slice(-5).map(({ operation, problem }) => `${operation} ${problem}`);
          throw new Error(`not everything is answered after ${WELL_MS} ms: ${told.join(', ')}`);
        }
        await pause(LOOK_MS);
      }
    },
    async stop() {
      isOver = true;
      await ended;
      agent.destroy();
      return samples;
    },
  };
}

const LOOK_MS = 20;
/** Callers leave a replica that failed alone for up to five seconds, and look back on half a minute. */
const WELL_MS = 60_000;

function isWell(samples: readonly Sample[], times: number): boolean {
  return Object.keys(NEEDS).every((wanted) => {
    const last = samples.filter(({ operation }) => operation === wanted).slice(-times);
    return last.length === times && last.every(({ problem }) => problem === undefined);
  });
}

/** Which services an operation can't be answered without. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'catalog.listProducts': ['catalog'],
  'inventory.getStock': ['inventory'],
  'inventory.getStock SOAP': ['inventory'],
  'cart.getCart': ['cart', 'catalog'],
  'cart.setQuantity': ['cart', 'catalog'],
  'cart.addItem': ['cart', 'catalog'],
  'orders.getQuote': ['orders', 'cart', 'catalog'],
  'orders.listOrders': ['orders'],
};

interface Ask {
  readonly operation: keyof typeof NEEDS;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
  readonly isKeyed?: boolean;
}

/** Reads, changes that may be repeated, changes under a key, and a call over SOAP; never a line too much. */
function circleOf(sku: string): readonly Ask[] {
  const stock = `<getStock xmlns="urn:portico:shop:inventory:v1"><sku>${sku}</sku></getStock>`;
  const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${stock}</s:Body></s:Envelope>`;
  const get = (operation: keyof typeof NEEDS, path: string): Ask => ({
    ...{ operation, method: 'GET', path },
  });
  return [
    get('catalog.listProducts', '/catalog/v1/products?limit=5'),
    get('inventory.getStock', `/inventory/v1/stock/${sku}`),
    {
      ...{ operation: 'cart.setQuantity', method: 'PUT', path: `/cart/v1/mine/items/${sku}` },
      body: '{"quantity":1}',
    },
    {
      ...{ operation: 'cart.addItem', method: 'POST', path: '/cart/v1/mine/items' },
      ...{ body: JSON.stringify({ sku, quantity: 1 }), isKeyed: true },
    },
    get('cart.getCart', '/cart/v1/mine'),
    get('orders.getQuote', '/orders/v1/quote?country=DE'),
    get('orders.listOrders', '/orders/v1/orders'),
    {
      ...{ operation: 'inventory.getStock SOAP', method: 'POST', path: '/soap/inventory/v1' },
      ...{ body: envelope, type: 'text/xml; charset=utf-8' },
    },
  ];
}

interface Asking {
  readonly origin: string;
  readonly agent: Agent;
  readonly ask: Ask;
  readonly guest: Guest;
}

type Guest = Readonly<Record<string, string>>;

async function becomeGuest({
  origin,
  agent,
  sku,
}: Pick<Asking, 'origin' | 'agent'> & { readonly sku: string }): Promise<Guest> {
  const post = { method: 'POST', path: '/identity/v1/guests', body: '{}' };
  const { status, text } = await exchange({ origin, agent, ask: post, headers: {} });
  if (status !== 201 && status !== 200)
    throw new Error(`nobody becomes a guest: ${status} ${text}`);
  const { accessToken } = JSON.parse(text) as { readonly accessToken: string };
  const guest = { authorization: `Bearer ${accessToken}` };
  const add = circleOf(sku).find(({ operation }) => operation === 'cart.addItem') as Ask;
  const { problem } = await measure({ origin, agent, ask: add, guest });
  if (problem) throw new Error(`nothing can be put into a cart: ${problem}`);
  return guest;
}

async function measure({ origin, agent, ask, guest }: Asking): Promise<Sample> {
  const startedAt = performance.now();
  const headers = { ...guest, ...(ask.isKeyed ? { 'idempotency-key': randomUUID() } : {}) };
  const outcome = await exchange({ origin, agent, ask, headers }).catch((problem: Error) => {
    const { code, message } = problem as NodeJS.ErrnoException;
    return { status: 0, text: code ?? message };
  });
  const { operation } = ask;
  const endedAt = performance.now();
  if (outcome.status >= 200 && outcome.status < 300) return { operation, startedAt, endedAt };
  const problem = `${outcome.status} ${codeOf(outcome.text)}`;
  return { operation, startedAt, endedAt, problem };
}

function codeOf(text: string): string {
  const found =
    /"code"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? /<(?:\w+:)?code>([^<]+)</.exec(text)?.[1];
  const detail = /"detail"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  return detail ? `${found}: ${detail}` : (found ?? text.slice(0, 200));
}

interface Exchange {
  readonly origin: string;
  readonly agent: Agent;
  readonly ask: Pick<Ask, 'method' | 'path' | 'body' | 'type'>;
  readonly headers: Readonly<Record<string, string>>;
}

function exchange({ origin, agent, ask, headers }: Exchange) {
  const { method, path, body, type = 'application/json' } = ask;
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = send(`${origin}${path}`, {
      ...{ agent, method, timeout: TIMEOUT_MS },
      headers: {
        ...headers,
        ...(body === undefined
          ? {}
          : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      },
    });
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
