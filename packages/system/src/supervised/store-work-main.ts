// Looks at the stores of services, or migrates them, as its one argument says. What went wrong is one line on
// standard error.
import { join } from 'node:path';
import { createHost } from '@portico/host';
import { inspectStore } from '@portico/store-sqlite';
import { createLog } from '../log.ts';
import { placeServices } from '../process/place-services.ts';
import { importSystem } from './load-system.ts';
import type { StoreWork } from './store-work.ts';

const work = JSON.parse(process.argv[2] ?? '') as StoreWork;
try {
  if (work.do === 'look') look(work);
  else await migrate(work);
} catch (problem) {
  process.stderr.write(`${(problem as Error).message}\n`);
  process.exitCode = 1;
}

function look({ directory, services }: StoreWork): void {
  const data = join(directory, 'data');
  const found = services.map((service) => ({ service, ...inspectStore(service, data) }));
  process.stdout.write(JSON.stringify(found));
}

/** Opening a store brings it to the schema of its code. */
async function migrate(work: StoreWork & { readonly do: 'migrate' }): Promise<void> {
  const system = await importSystem(work.module);
  const surroundings = {
    directory: work.directory,
    host: createHost(),
    log: createLog({ level: 'silent' }),
  };
  const { close } = await placeServices(system, new Set(work.services), surroundings);
  await close();
}
