import { join } from 'node:path';
import { type AnyFact, type FactSource, type ProviderEntry, sortFacts } from './facts.ts';
import { rememberPeople } from './people.ts';
import { findErased } from './store-erased.ts';
import { joinEvents, readEvents } from './store-events.ts';
import { readClosures, readInventory } from './store-goods.ts';
import { readOrders } from './store-orders.ts';
import { readPayments, readProviderLedger } from './store-payments.ts';
import { readStore, type StoreReader } from './store-reader.ts';

/** All with a store: each publishes, or hears others. */
const SERVICES = [
  ...['identity', 'customers', 'catalog', 'inventory', 'cart', 'orders', 'payments'],
  'notifications',
];

/**
 * The facts of the shop whose data lie in `directory` (`.portico`), read from its SQLite files without any of
 * its code: what a wrong program would show can't deceive it. Each file is one snapshot. `remember` names a
 * file in which it keeps what people are called, to find those who are erased later.
 */
export function createStoreSource(
  directory: string,
  { remember }: { readonly remember?: string | undefined } = {},
): FactSource {
  const read = <Result>(service: string, reader: (store: StoreReader) => Result) =>
    readStore(join(directory, 'data', service, 'store.db'), reader);
  return {
    name: directory,
    async read() {
      const facts: AnyFact[] = [
        ...read('orders', readOrders),
        ...read('inventory', readInventory),
        ...read('payments', readPayments),
        ...read('cart', readClosures),
      ];
      const provider: ProviderEntry[] = readStore(
        join(directory, 'psp', 'ledger.db'),
        readProviderLedger,
      );
      const events = joinEvents(
        SERVICES.map((service) => read(service, (store) => readEvents(service, store))),
      );
      return sortFacts(facts, { takenAt: Date.now(), provider, events });
    },
    findErased() {
      const known = remember === undefined ? new Map() : rememberPeople(remember, directory);
      return findErased(directory, known);
    },
  };
}
