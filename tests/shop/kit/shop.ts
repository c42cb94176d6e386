import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '@portico/contract';
import { createHost, type Host } from '@portico/host';
import { createConsumerKey } from '@portico/system';
import { startTestSystem, type TestSystem } from '@portico/testing';
import { createShop } from '../../../systems/shop/system.ts';
import { type Calls, createCalls } from './client.ts';
import { type Psp, startPsp } from './psp.ts';
import { createRest } from './rest.ts';
import { createSoap } from './soap.ts';
import type { As, Transport, Via } from './transport.ts';

/** Both ways in, for tests that run once for each. */
export const VIAS = ['REST', 'SOAP'] as const satisfies readonly Via[];

/** Programs that have a key of the shop. */
export interface Consumers {
  /** Every permission of partners. */
  readonly staff: As;
  /** May do what customers do, for itself. */
  readonly agent: As;
  /** Known, and without any permission. */
  readonly stranger: As;
}

/** A running shop as its clients see it: an address, and credentials. */
export interface Door {
  readonly origin: string;
  /** The calls of `api`; without credentials, as anybody. */
  calls<A extends Api>(api: A, how: { readonly via: Via; readonly as?: As }): Promise<Calls<A>>;
  /** `orders.placeOrder SOAP`, for each operation and way that has answered. */
  readonly answered: ReadonlySet<string>;
}

/** A shop started for a test, with a provider of its own. */
export interface TestShop extends Door {
  readonly psp: Psp;
  readonly consumers: Consumers;
  readonly directory: string;
  readonly lines: TestSystem['lines'];
  /** The same data behind a new address: stops and starts again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Passwords of tests need no protection, and hashing them no quarter of a second. */
export const CHEAP_HASHES = { costLog2: 10, blockSize: 1, parallelization: 1 };

const STAFF = [
  ...['catalog:write', 'stock:write', 'orders:manage', 'payments:read', 'shop:audit'],
  ...['customers:read', 'customers:erase', 'identity:manage'],
];

/** Starts an empty shop and its payment provider in this process, both on the time of `host`. */
export async function startShop({
  host = createHost(),
}: {
  readonly host?: Host;
} = {}): Promise<TestShop> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  const consumers = createConsumers(directory);
  const psp = await startPsp(() => host.clock.now());
  const start = async () => {
    const shop = createShop({ psp: { url: psp.url }, identity: { scrypt: CHEAP_HASHES } });
    const started = await startTestSystem(shop, { directory, host });
    psp.sendEventsTo(started.origins.public);
    return { started, door: createDoor(started.origins.public) };
  };
  let { started, door } = await start();
  const answered = new Set<string>();
  return {
    psp,
    consumers,
    directory,
    answered,
    get origin() {
      return door.origin;
    },
    get lines() {
      return started.lines;
    },
    calls: (api, how) => door.calls(api, how, answered),
    async restart() {
      await started.stop();
      ({ started, door } = await start());
    },
    async stop() {
      await started.stop();
      await psp.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Keys for a shop whose data lies in `directory`; to be made before it starts. */
export function createConsumers(directory: string): Consumers {
  const host = createHost();
  const create = (consumer: string, permissions: readonly string[]): As => ({
    'x-api-key': createConsumerKey(join(directory, 'keys.json'), {
      system: 'shop',
      consumer,
      permissions,
      host,
    }),
  });
  return {
    staff: create('staff', STAFF),
    agent: create('agent', ['cart:use', 'orders:place', 'profile:use']),
    stranger: create('stranger', []),
  };
}

/** Clients of the shop at `origin`, wherever it runs. */
export function createDoor(origin: string) {
  const rest = createRest(origin);
  const soap = new Map<string, Promise<Transport>>();
  const soapOf = (api: Api) => {
    const known = soap.get(api.name) ?? createSoap(origin, api);
    soap.set(api.name, known);
    return known;
  };
  return {
    origin,
    async calls<A extends Api>(
      api: A,
      { via, as }: { readonly via: Via; readonly as?: As },
      answered?: Set<string>,
    ): Promise<Calls<A>> {
      const transport = via === 'REST' ? rest : await soapOf(api);
      const note = ({ id }: { readonly id: string }) => answered?.add(`${id} ${via}`);
      return createCalls(api, { transport, as, answered: note });
    },
  };
}
