// `npm start`: the shop and its sandbox payment provider, on the ports of the topology, with data under
// .portico/. The first start fills the shop; later ones find it as it was.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog, readTopology, startSystem, type Topology } from '@portico/system';
import { startSandboxProcess } from './sandbox-process.ts';
import { seedPastOrders } from './seed/past-orders.ts';
import { seedGoods, seedPeople } from './seed/seed.ts';
import { createShop, pspOf } from './system.ts';

const USAGE =
  'Usage: npm start -- [--topology monolith|FILE] [--directory .portico] [--sandbox-port 8081]';

try {
  await run(readOptions());
} catch (problem) {
  console.error((problem as Error).message);
  process.exit(1);
}

interface Options {
  readonly topology: Topology;
  readonly directory: string;
  readonly port: number;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        topology: { type: 'string', default: 'monolith' },
        directory: { type: 'string', default: '.portico' },
        'sandbox-port': { type: 'string', default: '8081' },
      },
    });
    const { directory } = values;
    const topology = readTopology(toTopologyFile(values.topology));
    return { topology, directory, port: Number(values['sandbox-port']) };
  } catch (problem) {
    throw new Error(`${(problem as Error).message}\n${USAGE}`);
  }
}

async function run({ topology, directory, port }: Options): Promise<void> {
  const log = createLog({ file: join(directory, 'log', 'shop.log') });
  const webhook = `http://${topology.gateway.public}/payments/v1/provider-events/sandbox`;
  const sandbox = await startSandboxProcess({ port, directory, webhook });
  const shop = createShop({ psp: { ...pspOf(process.env), url: sandbox.url } });
  const running = await startSystem(shop, { topology, directory, log }).catch(async (problem) => {
    await sandbox.stop();
    throw problem;
  });
  await seedGoods(running.runtime);
  console.log(
    describe(running.origins.public, running.origins.admin, { sandbox: sandbox.url, directory }),
  );
  // Passwords are hashed with care, so people come while the shop is open already.
  const people = seedPeople(running.runtime)
    .then((customers) =>
      seedPastOrders(running.runtime, customers, {
        tokenUrl: `${sandbox.url}/tokens`,
        publishableKey: 'pk_sandbox',
      }),
    )
    .catch((problem: unknown) => log.error({ problem: String(problem) }, 'seeding people failed'));
  await signalled();
  console.log('shop: ending what was accepted …');
  await running.stop();
  await people;
  await sandbox.stop();
  // Nothing is left to do; a client that keeps its connection open must not hold the process.
  process.exit(0);
}

/** `monolith` is a topology of the shop; anything with a slash or an ending is a file. */
function toTopologyFile(name: string): string {
  if (/[/.]/.test(name)) return name;
  return new URL(`topologies/${name}.json`, import.meta.url).pathname;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

interface Beside {
  readonly sandbox: string;
  readonly directory: string;
}

function describe(origin: string, admin: string, { sandbox, directory }: Beside): string {
  return `
  The shop is open.

  REST             ${origin}            (OpenAPI: ${origin}/openapi.json)
  SOAP             ${origin}/soap/catalog/v1?wsdl   (one per API)
  Documentation    ${origin}/docs
  Administration   ${admin}            (/metrics, /readyz)
  Payment sandbox  ${sandbox}
  Log              ${join(directory, 'log', 'shop.log')}

  Try this first:

    curl '${origin}/catalog/v1/products?q=lantern&limit=3'

  README.md goes on from there, with a whole purchase over REST and over SOAP. Ctrl-C ends it.
`;
}
