import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseDurationMs } from '../duration.ts';
import { toLoopbackOrigin } from '../load/http-client.ts';
import {
  FAULT_FOR_MAX_MS,
  FAULT_SUMMARIES,
  type FaultName,
  isFaultName,
  parseFaultSettings,
} from './catalogue.ts';
import { createProviderFaults, PROVIDER_KINDS } from './provider.ts';
import { createShopFaults } from './shop-faults.ts';
import { lockStore } from './store-lock.ts';

/** How `fault` is called. */
export const FAULT_USAGE =
  'fault on NAME [SETTING=VALUE …] [for=60s] | off NAME|all | list  [--psp URL] [--admin URL] [--stores DIR]';

/** Faults of services in processes of their own, and what they wait for. */
const NEEDS: Readonly<Record<string, string>> = {
  'health.not-ready': 'services in processes of their own, under the supervisor',
};
const STORE_BUSY = 'store.busy';
const STORE_BUSY_MS = 300;
const STORE_BUSY_MAX_MS = 5_000;
const FOR_DEFAULT = '60s';

/** `shop fault`: lets something go wrong at a border of the shop, for a while. */
export async function fault(parameters: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: {
      psp: { type: 'string', default: 'http://127.0.0.1:8081' },
      admin: { type: 'string', default: 'http://127.0.0.1:7400' },
      stores: { type: 'string', default: '.portico' },
    },
  });
  const [action, name = '', ...settings] = positionals;
  const places = createPlaces(values);
  if (action === 'list') return list(places);
  if (action === 'off') return switchOff(name, places);
  if (action !== 'on') throw new Error('Say on NAME, off NAME or list.');
  assertKnown(name);
  const { forMs, given } = parseSettings(settings);
  const end = await switchOn(name, { given, forMs }, places);
  console.log(`${name} is on for ${forMs / 1_000} s. Ctrl-C ends it earlier.`);
  await waitFor(forMs);
  console.log(`${name} is off; it hit ${await end()} times.`);
  return 0;
}

/** Where faults can be: at the provider, in the shop, at its stores. */
function createPlaces({ psp, admin, stores }: { psp: string; admin: string; stores: string }) {
  return {
    provider: createProviderFaults(toLoopbackOrigin(psp)),
    shop: createShopFaults(toLoopbackOrigin(admin), join(stores, 'keys.json')),
    stores,
  };
}
type Places = ReturnType<typeof createPlaces>;

/** @throws {Error} for unknown names, and for those that need something. */
function assertKnown(name: string): void {
  if (Object.hasOwn(PROVIDER_KINDS, name) || isFaultName(name) || name === STORE_BUSY) return;
  if (Object.hasOwn(NEEDS, name)) {
    throw new Error(`${name} is not there yet: it needs ${NEEDS[name]}.`);
  }
  const all = [...Object.keys(PROVIDER_KINDS), ...Object.keys(FAULT_SUMMARIES), STORE_BUSY];
  throw new Error(`There is no fault "${name}". There are ${all.join(', ')}.`);
}

/** Switches it on. What comes back switches it off, and says how often it has hit. */
async function switchOn(
  name: string,
  { given, forMs }: { readonly given: Settings; readonly forMs: number },
  { provider, shop, stores }: Places,
): Promise<() => Promise<number>> {
  const kind = Object.hasOwn(PROVIDER_KINDS, name) ? PROVIDER_KINDS[name] : undefined;
  if (kind) return provider.on(kind, pick(given, ['ms', 'rate', 'count', 'card']));
  // Checked here as well: a mistake is told without a shop.
  if (isFaultName(name)) return shop.on(name, parseFaultSettings(name, given), forMs);
  const { service, ms = STORE_BUSY_MS } = pick(given, ['service', 'ms']);
  if (typeof service !== 'string') throw new Error(`${name} needs service=, such as orders.`);
  if (typeof ms !== 'number' || ms < 1 || ms > STORE_BUSY_MAX_MS) {
    throw new Error(`${name}: ms is a number from 1 to ${STORE_BUSY_MAX_MS}.`);
  }
  const lock = lockStore(stores, { service, ms });
  return () => lock.release();
}

async function switchOff(name: string, { provider, shop }: Places): Promise<number> {
  if (name === 'all') {
    await provider.allOff();
    // A shop that allows none has none.
    await shop.allOff().catch(() => undefined);
    return 0;
  }
  assertKnown(name);
  if (name === STORE_BUSY) throw new Error(`${name} ends with the command that holds it: Ctrl-C.`);
  const kind = PROVIDER_KINDS[name];
  if (kind) await provider.off(kind);
  else await shop.off(name as FaultName);
  console.log(`${name} is off.`);
  return 0;
}

type Settings = Readonly<Record<string, string | number>>;

/** `ms=300 rate=0.5 for=30s`; what can be read as a number is one, but for digits of a card. */
function parseSettings(settings: readonly string[]): { forMs: number; given: Settings } {
  const pairs = settings.map((setting): readonly [string, string] => {
    const [, name, value] = /^([a-z]+)=(.+)$/.exec(setting) ?? [];
    if (name && value) return [name, value];
    throw new Error(`"${setting}" is no setting: write NAME=VALUE.`);
  });
  const { for: forText = FOR_DEFAULT, ...rest } = Object.fromEntries(pairs);
  const forMs = parseDurationMs(forText);
  if (forMs > FAULT_FOR_MAX_MS) throw new Error('A fault lasts 10m at most.');
  const given = Object.entries(rest).map(([name, value]) => {
    const isNumber = name !== 'card' && /^-?\d+(\.\d+)?$/.test(value);
    return [name, isNumber ? Number(value) : value] as const;
  });
  return { forMs, given: Object.fromEntries(given) };
}

/** Those settings and no others. @throws {Error} naming one that means nothing here. */
function pick(given: Settings, names: readonly string[]): Record<string, string | number> {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return { ...given };
  const known = [...names, 'for'].map((each) => `${each}=`).join(', ');
  throw new Error(`"${unknown}=${given[unknown]}" is no setting: write ${known}.`);
}

async function list({ provider, shop }: Places): Promise<number> {
  const print = (name: string, text: string) => console.log(`${name.padEnd(26)}  ${text}`);
  const atProvider = await provider.read();
  for (const [name, kind] of Object.entries(PROVIDER_KINDS)) {
    const found = atProvider.find((each) => each.kind === kind);
    print(name, found ? `ON   hit ${found.hits ?? 0} times` : 'off');
  }
  const inShop = await shop.read().catch((problem: Error) => problem);
  for (const [name, summary] of Object.entries(FAULT_SUMMARIES)) {
    const found = Array.isArray(inShop) ? inShop.find((each) => each.name === name) : undefined;
    print(name, found ? `ON   hit ${found.hits} times   ${found.settings}` : `off  ${summary}`);
  }
  print(STORE_BUSY, 'the writer of service= waits for ms=, again and again');
  for (const [name, needs] of Object.entries(NEEDS)) print(name, `needs ${needs}`);
  if (inShop instanceof Error) console.log(`\n${inShop.message}`);
  return 0;
}

/** Until time is up, or somebody at the terminal has seen enough. */
async function waitFor(forMs: number): Promise<void> {
  const early = new AbortController();
  const end = () => early.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  await sleep(forMs, undefined, { signal: early.signal }).catch(() => undefined);
}
