// `npm start`: the shop and its sandbox payment provider, on the ports of the topology, with data under
// .portico/. The first start fills the shop; later ones find it as it was.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '@portico/contract';
import { createHost } from '@portico/host';
import {
  createLog,
  type RunningSystem,
  readTopology,
  startSystem,
  type Topology,
} from '@portico/system';
import type { SupervisedSystem } from '@portico/system/processes';
import { createProcessEffects, withSkew } from './faults/process-faults.ts';
import { createSwitches } from './faults/switches.ts';
import { startSandboxProcess } from './sandbox-process.ts';
import { seedPastOrders } from './seed/past-orders.ts';
import { seedGoods, seedPeople } from './seed/seed.ts';
import { createShop, pspOf, smtpOf } from './system.ts';

const USAGE =
  'Usage: npm start -- [--topology monolith|split|mixed|FILE] [--directory .portico] [--sandbox-port 8081]';

/** Overload passes within seconds when the processes have compiled what they run. */
const FILL_ATTEMPTS = 20;
const FILL_PAUSE_MS = 1_000;

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
    if (topology.faults && topology.supervisor !== false)
      throw new Error('"faults" are for one process: "supervisor": false.');
    return { topology, directory, port: Number(values['sandbox-port']) };
  } catch (problem) {
    throw new Error(`${(problem as Error).message}\n${USAGE}`);
  }
}

/** A shop in one process or in several. */
type RunningShop = Pick<RunningSystem, 'origins' | 'runtime' | 'log' | 'stop'> &
  Partial<Pick<SupervisedSystem, 'ended' | 'tool'>>;

async function run(options: Options): Promise<void> {
  const { topology, directory, port } = options;
  // One process loads nothing of what only several need.
  const processes =
    topology.supervisor === false ? undefined : await import('@portico/system/processes');
  const signalled = watchSignals(() => processes?.endAtOnce(directory));
  const webhook = `http://${topology.gateway.public}/payments/v1/provider-events/sandbox`;
  const sandbox = await startSandboxProcess({ port, directory, webhook });
  const start = processes ? startInSeveral : startInOne;
  const running = await start(options, sandbox.url).catch(async (problem) => {
    await sandbox.stop();
    throw problem;
  });
  const { runtime, log } = running;
  await fill(runtime).catch(async (problem) => {
    await running.stop();
    await sandbox.stop();
    throw unfilled(problem, directory);
  });
  console.log(await describe(running, { sandbox: sandbox.url, directory }));
  // Passwords are hashed with care, so people come while the shop is open already.
  const people = seedPeople(runtime)
    .then((customers) =>
      seedPastOrders(runtime, customers, {
        tokenUrl: `${sandbox.url}/tokens`,
        publishableKey: 'pk_sandbox',
      }),
    )
    .catch((problem: unknown) => log.error({ problem: String(problem) }, 'seeding people failed'));
  const end = await (running.ended ? Promise.race([signalled, running.ended]) : signalled);
  if (end)
    console.log(`shop: ${end.inOrder ? 'was stopped by another command' : 'its keeper died'}`);
  else {
    console.log('shop: ending what was accepted; Ctrl-C once more ends it at once …');
    await running.stop();
    await people;
  }
  await sandbox.stop();
  // Nothing is left to do; a client that keeps its connection open must not hold the process.
  process.exit(end?.inOrder === false ? 1 : 0);
}

/** A machine that has just started many processes may shed the seed, which goes on where it was cut off. */
async function fill(runtime: RunningShop['runtime']): Promise<void> {
  const { timers } = createHost();
  for (let left = FILL_ATTEMPTS; ; left--) {
    try {
      return await seedGoods(runtime);
    } catch (problem) {
      if (left <= 1 || Failure.from(problem).class !== 'OVERLOADED') throw problem;
      await timers.sleep(FILL_PAUSE_MS);
    }
  }
}

/** Why the shop has no goods, and where to look. */
function unfilled(problem: Error, directory: string): Error {
  const incident = problem instanceof Failure ? problem.details.incident : undefined;
  const under = incident === undefined ? '' : ` under incident ${incident}`;
  return new Error(
    `The shop could not be filled with goods: ${problem.message} ${join(directory, 'log')} says more${under}. ` +
      'Started again, it goes on where it stopped.',
  );
}

async function startInOne({ topology, directory }: Options, psp: string): Promise<RunningShop> {
  const log = createLog({ file: join(directory, 'log', 'shop.log') });
  const machine = createHost();
  const faults = topology.faults
    ? createSwitches(machine, createProcessEffects(machine))
    : undefined;
  const host = faults ? withSkew(machine, faults) : machine;
  const shop = createShop({
    psp: { ...pspOf(process.env), url: psp },
    smtp: smtpOf(process.env),
    faults,
  });
  return startSystem(shop, { topology, directory, log, host });
}

/** The processes get no environment but what they are given: what is set here for the shop. */
async function startInSeveral({ topology, directory }: Options, psp: string): Promise<RunningShop> {
  const { startSupervised } = await import('@portico/system/processes');
  const isOurs = (name: string) => /^SHOP_(?!STRIPE_)|^LOG_LEVEL$/.test(name);
  const given = Object.entries(process.env).flatMap(([name, value]) =>
    isOurs(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return startSupervised(createShop(), {
    module: new URL('system.ts', import.meta.url).pathname,
    env: { ...Object.fromEntries(given), SHOP_PSP_URL: psp },
    ...{ topology, directory },
  });
}

/** `monolith` is a topology of the shop; anything with a slash or an ending is a file. */
function toTopologyFile(name: string): string {
  if (/[/.]/.test(name)) return name;
  return new URL(`topologies/${name}.json`, import.meta.url).pathname;
}

/** Resolves at the first signal; a second one ends the shop at once, in all its processes. */
function watchSignals(endAtOnce: () => void): Promise<undefined> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isAsked) {
          console.error(`shop: ended at once by ${signal}; what was under way is cut off`);
          endAtOnce();
          process.exit(130);
        }
        isAsked = true;
        resolve(undefined);
      });
    }
  });
}

interface Beside {
  readonly sandbox: string;
  readonly directory: string;
}

async function describe({ origins, tool }: RunningShop, beside: Beside): Promise<string> {
  const { sandbox, directory } = beside;
  const { public: origin, admin } = origins;
  const status = await tool?.supervision.getStatus();
  const names = status?.groups.flatMap(({ replicas }) => replicas.map(({ name }) => name)) ?? [];
  const processes = status
    ? `
  Processes        ${inLines(names)}
                   (npm run portico -- processes; docs/topologies.md)`
    : '';
  return `
  The shop is open.

  REST             ${origin}            (OpenAPI: ${origin}/openapi.json)
  SOAP             ${origin}/soap/catalog/v1?wsdl   (one per API)
  Documentation    ${origin}/docs
  Administration   ${admin}            (/metrics, /readyz)
  Payment sandbox  ${sandbox}
  Log              ${join(directory, 'log', status ? '*.log   (one per process)' : 'shop.log')}${processes}

  Try this first:

    curl '${origin}/catalog/v1/products?q=lantern&limit=3'

  README.md goes on from there, with a whole purchase over REST and over SOAP. Ctrl-C ends it.
`;
}

/** Names with commas, a few to a line. */
function inLines(names: readonly string[]): string {
  const rows = Array.from({ length: Math.ceil(names.length / 5) }, (_, row) =>
    names.slice(5 * row, 5 * row + 5).join(', '),
  );
  return rows.join(',\n                   ');
}
