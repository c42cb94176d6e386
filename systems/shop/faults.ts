import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseDurationMs } from './duration.ts';
import { send, toLoopbackOrigin } from './load/http-client.ts';

/** How `fault` is called. */
export const FAULT_USAGE =
  'fault on NAME [ms=3000] [rate=1] [count=N] [card=0002] [for=60s] | off NAME|all | list  [--psp URL]';

/** A fault that the sandbox payment provider can be told to have. */
interface ProviderFault {
  readonly kind: string;
  readonly ms?: number;
  readonly rate?: number;
  readonly count?: number;
  readonly card?: string;
  /** How often it has hit; the sandbox counts. */
  readonly hits?: number;
}

/** The faults at the border to the payment provider, and what the sandbox calls them. */
const PROVIDER_KINDS: Readonly<Record<string, string>> = {
  'payments.unreachable': 'down',
  'payments.slow': 'latency',
  'payments.declines': 'decline',
  'payments.fails': 'error',
  'payments.request-lost': 'lost-request',
  'payments.answer-lost': 'timeout-after-success',
  'payments.event-twice': 'webhook-duplicate',
  'payments.event-early': 'webhook-early',
  'payments.event-late': 'webhook-late',
  'payments.event-reordered': 'webhook-reordered',
  'payments.event-forged': 'webhook-forged',
  'payments.event-replayed': 'webhook-replayed',
  'payments.event-lost': 'webhook-lost',
};

const DISPATCH = 'switches in the dispatcher, which a topology must allow';
const DELIVERY = 'switches in event delivery, which a topology must allow';
const PROCESSES = 'services in processes of their own, under the supervisor';

/** The other faults of the shop, and what they wait for. */
const NEEDS: Readonly<Record<string, string>> = {
  'catalog.product-fails': DISPATCH,
  'cart.errors': DISPATCH,
  'inventory.slow': DISPATCH,
  'orders.crash-at': PROCESSES,
  'events.lag': DELIVERY,
  'events.redeliver': DELIVERY,
  'events.poison': DELIVERY,
  'store.busy': 'switches in the store, which a topology must allow',
  'health.not-ready': PROCESSES,
  'process.leak': PROCESSES,
  'process.cpu': PROCESSES,
  'clock.skew': 'a clock of the host that a topology may shift',
};

/** No fault lasts longer, whoever forgets it. */
const FOR_MAX_MS = 600_000;
const FOR_DEFAULT = '60s';

/** `shop fault`: lets something go wrong at a border of the shop, for a while. */
export async function fault(parameters: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: { psp: { type: 'string', default: 'http://127.0.0.1:8081' } },
  });
  const [action, name = '', ...settings] = positionals;
  const provider = createProviderFaults(toLoopbackOrigin(values.psp));
  if (action === 'list') return list(await provider.read());
  if (action === 'off' && name === 'all') return provider.write([]).then(() => 0);
  if (action !== 'on' && action !== 'off') throw new Error('Say on NAME, off NAME or list.');
  const kind = toKind(name);
  const others = async () => (await provider.read()).filter((each) => each.kind !== kind);
  if (action === 'off') {
    await provider.write(await others());
    console.log(`${name} is off.`);
    return 0;
  }
  const { forMs, ...given } = parseSettings(settings);
  await provider.write([...(await others()), { kind, ...given }]);
  console.log(`${name} is on for ${forMs / 1_000} s. Ctrl-C ends it earlier.`);
  await waitFor(forMs);
  const hits = (await provider.read()).find((each) => each.kind === kind)?.hits ?? 0;
  await provider.write(await others());
  console.log(`${name} is off; it hit ${hits} times.`);
  return 0;
}

/** What the sandbox calls the fault. @throws {Error} for unknown names, and for those that need something. */
function toKind(name: string): string {
  const kind = Object.hasOwn(PROVIDER_KINDS, name) ? PROVIDER_KINDS[name] : undefined;
  if (kind) return kind;
  if (Object.hasOwn(NEEDS, name)) {
    throw new Error(`${name} is not there yet: it needs ${NEEDS[name]}.`);
  }
  const names = [...Object.keys(PROVIDER_KINDS), ...Object.keys(NEEDS)];
  throw new Error(`There is no fault "${name}". There are ${names.join(', ')}.`);
}

function parseSettings(settings: readonly string[]) {
  const given = new Map(
    settings.map((setting) => {
      const [, name, value] = /^(ms|rate|count|card|for)=(.+)$/.exec(setting) ?? [];
      if (name && value) return [name, value];
      throw new Error(`"${setting}" is no setting: write ms=, rate=, count=, card= or for=.`);
    }),
  );
  const forMs = parseDurationMs(given.get('for') ?? FOR_DEFAULT);
  if (forMs > FOR_MAX_MS) throw new Error('A fault lasts 10m at most.');
  const [ms, rate, count, card] = ['ms', 'rate', 'count', 'card'].map((each) => given.get(each));
  return {
    forMs,
    // Without any condition the sandbox would let it hit once.
    rate: rate === undefined ? 1 : Number(rate),
    ...(ms === undefined ? {} : { ms: Number(ms) }),
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(card === undefined ? {} : { card }),
  };
}

/** The faults of a sandbox, over its own API. */
function createProviderFaults(origin: string) {
  const key = process.env.SHOP_PSP_SECRET_KEY ?? 'sk_sandbox';
  const headers = { authorization: `Bearer ${key}` };
  const url = `${origin}/faults`;
  const check = ({ status, code, body }: Awaited<ReturnType<typeof send>>) => {
    if (!code) return body;
    const told = (body as { error?: { message?: string } } | undefined)?.error?.message;
    throw new Error(`${url} answered ${status || 'nothing'}: ${told ?? code}`);
  };
  return {
    async read(): Promise<readonly ProviderFault[]> {
      const body = check(await send({ url, headers }));
      return (body as { faults: readonly ProviderFault[] }).faults;
    },
    async write(faults: readonly ProviderFault[]): Promise<void> {
      // What the sandbox counts is no part of a plan.
      const plan = faults.map(({ kind, ms, rate, count, card }) => ({
        kind,
        ms,
        rate,
        count,
        card,
      }));
      check(await send({ method: 'PUT', url, headers, body: { faults: plan } }));
    },
  };
}

function list(active: readonly ProviderFault[]): number {
  for (const [name, kind] of Object.entries(PROVIDER_KINDS)) {
    const found = active.find((each) => each.kind === kind);
    const state = found ? `ON   hit ${found.hits ?? 0} times` : 'off';
    console.log(`${name.padEnd(26)}  ${state}`);
  }
  for (const [name, needs] of Object.entries(NEEDS)) {
    console.log(`${name.padEnd(26)}  needs ${needs}`);
  }
  return 0;
}

/** Until time is up, or somebody at the terminal has seen enough. */
async function waitFor(forMs: number): Promise<void> {
  const early = new AbortController();
  const end = () => early.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  await sleep(forMs, undefined, { signal: early.signal }).catch(() => undefined);
}
