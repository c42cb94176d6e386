import type { Host } from '@portico/host';
import {
  createConsumerKey,
  listConsumerKeys,
  type NewKey,
  revokeConsumerKey,
} from '@portico/system';

/** An external app of the shop, and what it may do. */
export interface SeedConsumer {
  readonly name: string;
  readonly permissions: readonly string[];
}

/** Customers act through these two, so both hold what customers may. */
const CUSTOMERS = ['cart:use', 'orders:place', 'profile:use'];

/** The external apps of the shop. */
export const CONSUMERS: readonly SeedConsumer[] = [
  { name: 'storefront', permissions: CUSTOMERS },
  { name: 'loadgen', permissions: CUSTOMERS },
  {
    name: 'erp',
    permissions: ['catalog:write', 'stock:write', 'orders:manage', 'payments:read'],
  },
  { name: 'auditor', permissions: ['shop:audit'] },
];

/** A consumer's key: its secret if it was made now, its first characters if it is there already. */
export type SeedKey = SeedConsumer & ({ readonly secret: string } | { readonly hint: string });

/** Makes keys for the consumers that have none that works. A secret is shown here and kept nowhere. */
export function seedConsumers(keyFile: string, host: Host): SeedKey[] {
  const active = new Map(
    listConsumerKeys(keyFile)
      .filter(({ state }) => state === 'active')
      .map((key) => [key.consumer, key.hint]),
  );
  return CONSUMERS.map((consumer) => {
    const hint = active.get(consumer.name);
    if (hint !== undefined) return { ...consumer, hint };
    return { ...consumer, secret: createKey(keyFile, consumer, host).secret };
  });
}

/** Who fills a shop from outside. */
const SEEDER: SeedConsumer = {
  name: 'seed',
  permissions: ['catalog:write', 'stock:write', 'orders:manage', 'identity:manage'],
};

/** Runs `work` with a key of the seed's own, which ends with it. */
export function withSeedKey<Result>(
  keyFile: string,
  host: Host,
  work: (key: string) => Promise<Result>,
): Promise<Result> {
  return withKey({ keyFile, host }, SEEDER, work);
}

/** Runs `work` with a key made for it, which ends with it; others of its consumer are those of other commands. */
export async function withKey<Result>(
  { keyFile, host }: { readonly keyFile: string; readonly host: Host },
  consumer: SeedConsumer,
  work: (key: string) => Promise<Result>,
): Promise<Result> {
  const { id, secret } = createKey(keyFile, consumer, host);
  try {
    return await work(secret);
  } finally {
    revokeConsumerKey(keyFile, id);
  }
}

function createKey(keyFile: string, { name, permissions }: SeedConsumer, host: Host): NewKey {
  return createConsumerKey(keyFile, { system: 'shop', consumer: name, permissions, host });
}
