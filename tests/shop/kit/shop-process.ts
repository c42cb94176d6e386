// The shop as a process of its own, for tests that kill it: `shop-process.ts DIRECTORY PSP_URL PORT`. With
// `PORTICO_TOPOLOGY=split` its services call each other over the wire, and all of them die at once.
import { join } from 'node:path';
import { createHost } from '@portico/host';
import { createLog, parseTopology, startSystem } from '@portico/system';
import { startSplit } from '@portico/system/processes';
import { FAULT_FOR_MAX_MS, type FaultName } from '../../../systems/shop/faults/catalogue.ts';
import { withSkew } from '../../../systems/shop/faults/process-faults.ts';
import { createSwitches } from '../../../systems/shop/faults/switches.ts';
import { createShop } from '../../../systems/shop/system.ts';
import { CHEAP_HASHES } from './shop.ts';

const [directory = '', pspUrl = '', port = '0'] = process.argv.slice(2);
const isSplit = process.env.PORTICO_TOPOLOGY === 'split';
const topology = parseTopology(
  {
    system: 'shop',
    gateway: { public: `127.0.0.1:${port}`, admin: '127.0.0.1:0' },
    ...(isSplit
      ? { groups: { edge: { gateway: true }, '*': {} } }
      : { supervisor: false, groups: { test: { gateway: true, services: ['*'] } } }),
    stores: { '*': { engine: 'sqlite' } },
  },
  'of a test',
);
const machine = createHost();
const faults = createSwitches(machine);
const shop = createShop({ psp: { url: pspUrl }, identity: { scrypt: CHEAP_HASHES }, faults });
const log = createLog({ file: join(directory, 'shop.log') });
const host = withSkew(machine, faults);
process.on('message', ({ name, settings }: { name: FaultName; settings: object }) => {
  faults.on(name, settings, FAULT_FOR_MAX_MS);
  process.send?.({ on: name });
});
const start = isSplit ? startSplit : startSystem;
const running = await start(shop, { topology, directory, log, host });
const { user, system } = process.cpuUsage();
process.send?.({ origin: running.origins.public, cpuMs: (user + system) / 1_000 });
// The test has ended without us.
process.once('disconnect', () => process.exit(1));
