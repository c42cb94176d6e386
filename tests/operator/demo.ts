import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { api, event, operation } from '@portico/contract';
import { createHost } from '@portico/host';
import { pivot, reject, saga, service, step } from '@portico/service';
import { sqlStore } from '@portico/store';
import { createConsumerKey, type System, system } from '@portico/system';
import { startTestSystem, type TestSystem } from '@portico/testing';
import * as z from 'zod';

const Sku = z.object({ sku: z.string() });
const open = { exposure: 'public', access: 'anyone', effect: 'unsafe' } as const;

/** Publishes. */
export const Press = api('press', {
  version: '1.0.0',
  summary: 'Publishes.',
  operations: { say: operation({ ...open, summary: 'Says it.', input: Sku }) },
  events: { Said: event({ summary: 'It was said.', key: 'sku', payload: Sku }) },
});

/** Hears, and runs a saga. */
export const Reader = api('reader', {
  version: '1.0.0',
  summary: 'Hears, and runs a saga.',
  operations: { begin: operation({ ...open, summary: 'Starts a saga.', input: Sku }) },
});

/** What a test breaks and mends while the system runs. */
export interface World {
  broken: boolean;
  readonly heard: string[];
}

/** A system whose handlers and steps fail while the world is broken. */
export function createDemo(world: World): System {
  const store = sqlStore<Record<never, never>>({ migrations: [] });
  const journey = saga('journey', { store, data: Sku, stuckMs: 1 }, [
    step('go', {
      do(_data: { sku: string }) {
        if (world.broken) throw new Error('The bridge is down.');
      },
      undo() {},
    }),
    pivot('arrive'),
  ]);
  const press = service(Press)({
    store,
    operations: {
      async say({ sku }, { transaction }) {
        await transaction(({ publish }) => publish('Said', { sku }));
      },
    },
  });
  const reader = service(Reader)({
    hears: { press: Press },
    store,
    sagas: { journey },
    operations: {
      async begin({ sku }, { transaction }) {
        await transaction(async ({ start }) => {
          await start(journey, { id: sku, data: { sku } });
        });
      },
    },
    on: {
      press: {
        Said: {
          replayable: true,
          async handle({ payload }) {
            if (world.broken) throw reject('The reader is broken.');
            world.heard.push(payload.sku);
          },
        },
      },
    },
  });
  const gateway = { issuers: [], roles: {} };
  return system({ name: 'demo', version: '1.2.3', services: [press, reader], gateway });
}

/** A demo at work, and keys of those who look at it. */
export interface Demo {
  readonly world: World;
  readonly running: TestSystem;
  /** The runtime that a service is in. */
  runtimeOf(service: string): TestSystem['runtime'];
  readonly keys: { readonly read: string; readonly operate: string };
  /** Calls as the other service: tools are heard in the name of one only. */
  say(sku: string): Promise<void>;
  begin(sku: string): Promise<void>;
  stop(): Promise<void>;
}

/** Everything that operators do, they do wherever services run. */
export const TOPOLOGIES = ['monolith', 'split'] as const;

/** Starts the demo, with keys that its gateway knows. */
export async function startDemo(topology: (typeof TOPOLOGIES)[number]): Promise<Demo> {
  const world: World = { broken: false, heard: [] };
  const directory = mkdtempSync(join(tmpdir(), 'operator-'));
  const path = join(directory, 'keys.json');
  const whose = { system: 'demo', host: createHost() };
  const reads = ['portico:read'];
  const operates = [...reads, 'portico:operate'];
  const read = createConsumerKey(path, { ...whose, consumer: 'viewer', permissions: reads });
  const operate = createConsumerKey(path, {
    ...whose,
    consumer: 'operator',
    permissions: operates,
  });
  const running = await startTestSystem(createDemo(world), { directory, topology });
  return {
    ...{ world, running, keys: { read: read.secret, operate: operate.secret } },
    runtimeOf: (service) => running.groups?.get(service)?.runtime ?? running.runtime,
    say: (sku) => running.runtime.client(Press, 'reader').say({ sku }),
    begin: (sku) => running.runtime.client(Reader, 'press').begin({ sku }),
    async stop() {
      await running.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Looks until it is so; a minute is far more than retries and key files need, on any machine. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await pause(20);
  }
}
