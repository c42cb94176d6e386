import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '@portico/contract';
import { createHost, type Host } from '@portico/host';
import { createRuntime, type PlacedService, parseConfigs, type Runtime } from '@portico/runtime';
import type { Client, Service } from '@portico/service';
import type { SqlStoreDefinition } from '@portico/store';
import { sqliteDriver } from '@portico/store-sqlite';
import { createRecordedLog, type RecordedLog } from '@portico/testing';

/** Services started for a test, with stores in a temporary directory. */
export interface TestServices {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly directory: string;
  readonly lines: RecordedLog['lines'];
  /** Calls as another service: also what is internal. */
  asService<A extends Api>(api: A): Client<A>;
  /** Calls as somebody with these permissions. */
  as<A extends Api>(api: A, subject: string, ...permissions: string[]): Client<A>;
  stop(): Promise<void>;
}

/** Starts services in this process. A `directory` that is given is kept, to start again on it. */
export async function startServices(
  services: readonly Service[],
  given: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly directory?: string;
    readonly host?: Host;
  } = {},
): Promise<TestServices> {
  const directory = given.directory ?? mkdtempSync(join(tmpdir(), 'shop-'));
  const host = given.host ?? createHost();
  const { logger: log, lines } = createRecordedLog();
  const configs = parseConfigs(services, given.config ?? {});
  const placed: PlacedService[] = [];
  for (const one of services) {
    const definition = one.spec.store as SqlStoreDefinition<never> | undefined;
    const location = { service: one.name, dataDirectory: directory, host, log };
    const store = definition && (await sqliteDriver.open(definition, location));
    placed.push({ service: one, store, config: configs[one.name] });
  }
  const runtime = createRuntime({ system: 'shop', host, log, services: placed });
  await runtime.start();
  return {
    runtime,
    host,
    directory,
    lines,
    asService: (api) =>
      runtime.client(api, {
        caller: { subject: 'service:test', permissions: new Set(), via: 'service' },
        from: 'test',
      }),
    as: (api, subject, ...permissions) =>
      runtime.client(api, { caller: { subject, permissions: new Set(permissions), via: 'jwt' } }),
    async stop() {
      await runtime.drain();
      if (!given.directory) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The real machine, but for a wall clock that a test puts forward. */
export function withLateClock(lateMs: () => number): Host {
  const host = createHost();
  const { clock } = host;
  return {
    ...host,
    clock: { now: () => clock.now() + lateMs(), monotonic: () => clock.monotonic() },
  };
}
