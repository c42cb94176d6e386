import { join } from 'node:path';
import type { Host } from '@portico/host';
import { type PlacedService, parseConfigs } from '@portico/runtime';
import type { Logger } from '@portico/service';
import type { SqlStoreDefinition } from '@portico/store';
import type { OpenStore } from '@portico/store/spi';
import { sqliteDriver } from '@portico/store-sqlite';
import type { System } from '../system.ts';

/** Where stores live, and what they are opened with. */
export interface StoreSurroundings {
  readonly directory: string;
  readonly host: Host;
  readonly log: Logger;
}

/** Services with their stores open. */
export interface OpenedServices {
  readonly services: readonly PlacedService[];
  /** For whoever could not go on: a runtime that has started closes them itself. */
  close(): Promise<void>;
}

/**
 * Opens what the services of `system` named in `names` need.
 *
 * @throws {Error} with every mistake of their configuration, or the first store that can't be opened;
 * those before it are closed again.
 */
export async function placeServices(
  system: System,
  names: ReadonlySet<string>,
  surroundings: StoreSurroundings,
): Promise<OpenedServices> {
  const chosen = system.services.filter(({ name }) => names.has(name));
  const given = Object.entries(system.config ?? {}).filter(([name]) => names.has(name));
  const configs = parseConfigs(chosen, Object.fromEntries(given));
  const opened: OpenStore[] = [];
  const close = async () => {
    for (const store of opened.reverse()) await store.close();
  };
  const services: PlacedService[] = [];
  try {
    for (const service of chosen) {
      const store = await openStore(service.name, service.spec.store, surroundings);
      if (store) opened.push(store);
      services.push({ service, store, config: configs[service.name] });
    }
  } catch (problem) {
    await close();
    throw problem;
  }
  return { services, close };
}

async function openStore(
  service: string,
  definition: unknown,
  { directory, host, log }: StoreSurroundings,
): Promise<OpenStore | undefined> {
  if (!definition) return undefined;
  // `sqlStore` is the only maker of store definitions that drivers know.
  const sql = definition as SqlStoreDefinition<never>;
  if (sql.kind !== 'sql')
    throw new Error(`Cannot start "${service}": no driver for its kind of store.`);
  return sqliteDriver.open(sql, { service, dataDirectory: join(directory, 'data'), host, log });
}
