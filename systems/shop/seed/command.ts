import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createHost } from '@portico/host';
import { toLoopbackOrigin } from '../load/http-client.ts';
import { type SeedKey, seedConsumers, withSeedKey } from './consumers.ts';
import { seedPastOrders } from './past-orders.ts';
import { createRestCalls } from './rest-calls.ts';
import { seedGoods, seedPeople } from './seed.ts';

/** How `seed` is called. */
export const SEED_USAGE = 'seed [--api URL] [--stores DIR] [--keys-only]';

/** Gateways look at the file of keys once a second. */
const KEY_TRIES_MAX = 50;
const KEY_PAUSE_MS = 100;

/**
 * `shop seed`: keys for the consumers of a running shop, then goods, people and past orders as far as they are
 * missing. `npm start` has done the rest at its first start already; a second seed changes nothing.
 */
export async function seed(parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      api: { type: 'string', default: 'http://127.0.0.1:8080' },
      stores: { type: 'string', default: '.portico' },
      'keys-only': { type: 'boolean', default: false },
    },
  });
  const origin = toLoopbackOrigin(values.api);
  const keyFile = join(values.stores, 'keys.json');
  const host = createHost();
  const made = seedConsumers(keyFile, host);
  console.log(formatKeys(made));
  if (values['keys-only']) return 0;
  await withSeedKey(keyFile, host, async (key) => {
    await waitForKey(origin, key);
    const calls = createRestCalls({ origin, key });
    await seedGoods(calls);
    console.log('goods: there');
    const customers = await seedPeople(calls);
    console.log(`customers: there, ${customers.length} of them made by this seed`);
    const config = await fetch(`${origin}/payments/v1/config`);
    const { tokenUrl, publishableKey } = (await config.json()) as Record<string, string>;
    if (customers.length > 0 && tokenUrl && publishableKey) {
      await seedPastOrders(calls, customers, { tokenUrl, publishableKey });
      console.log('past orders: placed');
    }
  });
  return 0;
}

function formatKeys(made: readonly SeedKey[]): string {
  const lines = made.map((key) => {
    const name = key.name.padEnd(10);
    if ('secret' in key) return `  ${name}  ${key.secret}   (${key.permissions.join(', ')})`;
    return `  ${name}  has a key already, ${key.hint}…`;
  });
  const head = made.some((key) => 'secret' in key)
    ? 'Keys of the consumers; each is shown this once:'
    : 'Keys of the consumers:';
  return [head, ...lines].join('\n');
}

/** Until the gateway has noticed the new key. @throws {Error} when it never does. */
async function waitForKey(origin: string, key: string): Promise<void> {
  for (let tries = 0; tries < KEY_TRIES_MAX; tries += 1) {
    const reply = await fetch(`${origin}/catalog/v1/categories`, { headers: { 'x-api-key': key } });
    await reply.arrayBuffer();
    if (reply.ok) return;
    await sleep(KEY_PAUSE_MS);
  }
  throw new Error(
    `The shop at ${origin} does not know the key just made. Do --stores and --api mean the same shop?`,
  );
}
