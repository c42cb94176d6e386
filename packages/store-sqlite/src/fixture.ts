import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, type Host } from '@portico/host';
import type { Logger } from '@portico/service';
import { sqlStore } from '@portico/store';
import type { ConformanceSetup, Migration, OpenStore } from '@portico/store/spi';
import { sqliteDriver } from './sqlite-driver.ts';

/** A folder for the stores of one test. */
export interface Place extends ConformanceSetup {
  readonly directory: string;
  /** What was logged: fields and message. */
  readonly logged: { readonly fields: object; readonly message: string }[];
  open(migrations: readonly Migration[], service?: string): Promise<OpenStore>;
}

/** Runs `work` with a folder for stores, closes them and removes it. */
export async function inPlace(
  work: (place: Place) => Promise<void>,
  host: Host = createHost(),
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'portico-store-'));
  const opened: OpenStore[] = [];
  const logged: Place['logged'] = [];
  const write = (fields: object, message: string) => logged.push({ fields, message });
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  try {
    await work({
      host,
      directory,
      logged,
      async open(migrations, service = 'bank') {
        const definition = sqlStore<never>({ migrations });
        const location = { service, dataDirectory: directory, host, log };
        const store = await sqliteDriver.open(definition, location);
        opened.push(store);
        return store;
      },
    });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    rmSync(directory, { recursive: true, force: true });
  }
}
