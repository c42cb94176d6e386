// The shop as a process of its own, for tests that kill it: `shop-process.ts DIRECTORY PSP_URL`.
import { join } from 'node:path';
import { createLog, parseTopology, startSystem } from '@portico/system';
import { createShop } from '../../../systems/shop/system.ts';
import { CHEAP_HASHES } from './shop.ts';

const [directory = '', pspUrl = ''] = process.argv.slice(2);
const topology = parseTopology(
  {
    system: 'shop',
    gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
    supervisor: false,
    groups: { test: { gateway: true, services: ['*'] } },
    stores: { '*': { engine: 'sqlite' } },
  },
  'of a test',
);
const shop = createShop({ psp: { url: pspUrl }, identity: { scrypt: CHEAP_HASHES } });
const log = createLog({ file: join(directory, 'shop.log') });
const running = await startSystem(shop, { topology, directory, log });
process.send?.({ origin: running.origins.public });
// The test has ended without us.
process.once('disconnect', () => process.exit(1));
