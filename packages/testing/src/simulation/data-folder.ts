import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedHost } from '@portico/host';
import type { Service } from '@portico/service';
import type { SqlStoreDefinition } from '@portico/store';
import { sqliteDriver } from '@portico/store-sqlite';
import { createRecordedLog } from '../recorded-log.ts';

/** A file system in memory, where Linux has it: syncing costs nothing there. */
const MEMORY = '/dev/shm';

/** An empty folder for the stores of a simulation, in memory where the machine has such a place. */
export function createDataFolder(): string {
  return mkdtempSync(join(isWritable(MEMORY) ? MEMORY : tmpdir(), 'portico-simulation-'));
}

/** Removes a folder with everything in it. */
export function removeDataFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Migrated, empty stores, made once and copied for each simulation. */
export interface StoreTemplates {
  /** Puts a store for `service` into `folder`; nothing happens for services without one. */
  copyInto(folder: string, service: Service): Promise<void>;
}

/** Templates in memory. Migrations run once per definition, however many simulations there are. */
export function createStoreTemplates(): StoreTemplates {
  const templates = new Map<unknown, Promise<Uint8Array>>();
  return {
    async copyInto(folder, { name, spec }) {
      const definition = toSqlStore(name, spec.store);
      if (!definition) return;
      let template = templates.get(definition);
      if (!template) {
        template = makeTemplate(name, definition);
        templates.set(definition, template);
      }
      mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, name, 'store.db'), await template, { mode: 0o600 });
    },
  };
}

/** The definition of a service's store, if it has one. */
export function toSqlStore(
  service: string,
  definition: unknown,
): SqlStoreDefinition<never> | undefined {
  if (definition === undefined) return undefined;
  // `sqlStore` is the only maker of store definitions that drivers know.
  const found = definition as SqlStoreDefinition<never>;
  if (found.kind === 'sql') return found;
  throw new Error(`"${service}" has a kind of store that can't be simulated.`);
}

async function makeTemplate(
  service: string,
  definition: SqlStoreDefinition<never>,
): Promise<Uint8Array> {
  const folder = createDataFolder();
  try {
    const host = createSimulatedHost({ seed: 1 });
    const log = createRecordedLog().logger;
    const store = await sqliteDriver.open(definition, {
      service,
      dataDirectory: folder,
      host,
      log,
    });
    await store.close();
    return readFileSync(join(folder, service, 'store.db'));
  } finally {
    removeDataFolder(folder);
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
