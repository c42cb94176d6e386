import * as z from 'zod';
import { money, parseCurrency } from '../money.ts';
import { type AnyFact, type FactSource, type ProviderEntry, sortFacts } from './facts.ts';

/** How a shop is read from outside. */
export interface ApiSourceOptions {
  /** `http://127.0.0.1:8080`. */
  readonly api: string;
  /** The key of a consumer with `shop:audit`. */
  readonly key: string;
  /** The payment provider: `http://127.0.0.1:8081`, and the secret key to its ledger. */
  readonly psp: string;
  readonly pspKey: string;
}

const SERVICES = ['orders', 'inventory', 'payments', 'cart'] as const;
const PAGE = 500;
/** 5 million facts: more than a shop on one machine has, and an end for a cursor that runs in a circle. */
const PAGES_MAX = 10_000;
const TIMEOUT_MS = 15_000;

/** The gateway has validated facts against the contract; here only the page is looked at. */
const Page = z.object({
  items: z.array(z.looseObject({ kind: z.string() })),
  next: z.string().optional(),
});
const Ledger = z.object({
  items: z.array(
    z.object({
      payment: z.string(),
      reference: z.string(),
      kind: z.string(),
      amount: z.int(),
      currency: z.string(),
    }),
  ),
});

/** The facts of a running shop, through `exportFacts` of its services and the ledger of its provider. */
export function createApiSource(options: ApiSourceOptions): FactSource {
  return {
    name: options.api,
    async read() {
      const facts: AnyFact[] = [];
      for (const service of SERVICES) facts.push(...(await readFacts(options, service)));
      const provider = await readLedger(options);
      return sortFacts(facts, { takenAt: Date.now(), provider });
    },
  };
}

async function readFacts({ api, key }: ApiSourceOptions, service: string): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    const found = await getJson(`${api}/${service}/v1/facts?${query}`, { 'x-api-key': key });
    const { items, next } = Page.parse(found);
    facts.push(...(items as unknown as AnyFact[]));
    if (!next) return facts;
    cursor = next;
  }
  throw new Error(`${service} has more than ${PAGES_MAX * PAGE} facts, or its pages have no end.`);
}

async function readLedger({ psp, pspKey }: ApiSourceOptions): Promise<ProviderEntry[]> {
  const found = await getJson(`${psp}/ledger`, { authorization: `Bearer ${pspKey}` });
  return Ledger.parse(found).items.map(({ payment, reference, kind, amount, currency }) => {
    return { payment, reference, entry: kind, amount: money(amount, parseCurrency(currency)) };
  });
}

async function getJson(url: string, headers: Record<string, string>): Promise<unknown> {
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    (problem: unknown) => {
      const { cause, message } = problem as Error & { cause?: Error };
      throw new Error(`Cannot read ${url}: ${cause?.message ?? message}. Is the shop running?`);
    },
  );
  if (!reply.ok) {
    const told = (await reply.text()).slice(0, 300);
    throw new Error(`GET ${url} was answered with ${reply.status}: ${told}`);
  }
  return reply.json();
}
