import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Operator } from '@portico/administration';
import type { Api } from '@portico/contract';
import { createHost, type Host } from '@portico/host';
import { createConsumerKey } from '@portico/system';
import { startTestSystem, type TestSystem } from '@portico/testing';
import { withSkew } from '../../../systems/shop/faults/process-faults.ts';
import { createSwitches, type Switches } from '../../../systems/shop/faults/switches.ts';
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
  /** Looks after the platform: sagas, dead letters. */
  readonly operator: As;
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
  /** What the operator of the platform can do. */
  readonly operator: Calls<typeof Operator>;
  readonly consumers: Consumers;
  readonly directory: string;
  readonly lines: TestSystem['lines'];
  /** What goes wrong in it when a test says so. */
  readonly faults: Switches;
  /** The same data behind a new address: stops and starts again; between the two, `meanwhile` happens. */
  restart(meanwhile?: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** Passwords of tests need no protection, and hashing them no quarter of a second. */
export const CHEAP_HASHES = { costLog2: 10, blockSize: 1, parallelization: 1 };

const STAFF = [
  ...['catalog:write', 'stock:write', 'orders:manage', 'payments:read', 'shop:audit'],
  ...['customers:read', 'customers:erase', 'identity:manage', 'notifications:manage'],
];

/** Starts an empty shop and its payment provider in this process, both on the time of `host`. */
export async function startShop({
  host = createHost(),
}: {
  readonly host?: Host;
} = {}): Promise<TestShop> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-'));
  const consumers = createConsumers(directory);
  const psp = await startPsp(directory, () => host.clock.now());
  const faults = createSwitches(host);
  const start = async () => {
    const shop = createShop({ psp: { url: psp.url }, identity: { scrypt: CHEAP_HASHES }, faults });
    const started = await startTestSystem(shop, { directory, host: withSkew(host, faults) });
    psp.sendEventsTo(started.origins.public);
    const operator = createCalls(Operator, {
      transport: createRest(started.origins.admin),
      as: consumers.operator,
      answered: () => undefined,
    });
    return { started, door: createDoor(started.origins.public), operator };
  };
  let { started, door, operator } = await start();
  const answered = new Set<string>();
  return {
    psp,
    consumers,
    directory,
    faults,
    answered,
    get origin() {
      return door.origin;
    },
    get operator() {
      return operator;
    },
    get lines() {
      return started.lines;
    },
    calls: (api, how) => door.calls(api, how, answered),
    async restart(meanwhile) {
      await started.stop();
      meanwhile?.();
      ({ started, door, operator } = await start());
    },
    async stop() {
      for (const { name } of faults.list()) faults.off(name);
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
    }).secret,
  });
  return {
    staff: create('staff', STAFF),
    operator: create('operator', ['portico:read', 'portico:operate']),
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
