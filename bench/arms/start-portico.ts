// The shop in one process, as `npm start` runs it, on the data directory given.
import { createLog, parseTopology, startSystem } from '@portico/system';
import shop from '../../systems/shop/system.ts';

const directory = process.argv[2] ?? '';
const running = await startSystem(shop, {
  topology: parseTopology(
    {
      system: 'shop',
      gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
      supervisor: false,
      groups: { shop: { gateway: true, services: ['*'] } },
      stores: { '*': { engine: 'sqlite' } },
    },
    'of the benchmark',
  ),
  directory,
  log: createLog({ file: `${directory}/portico.log` }),
});
console.log(JSON.stringify({ port: Number(new URL(running.origins.public).port) }));
process.on('SIGTERM', async () => {
  await running.stop();
  process.exit(0);
});
