// `PORT PSP DIRECTORY`: the real shop in one process, as `npm start` runs it, on stores of its own, filled with
// the seed's goods.
import { createLog, parseTopology, startSystem } from '@portico/system';
import { Inventory } from '../../systems/shop/contracts/inventory.ts';
import { seedGoods } from '../../systems/shop/seed/seed.ts';
import { createShop } from '../../systems/shop/system.ts';
import { listGoods, STOCK } from './checkout-shop.ts';

const LINES_PER_RECEIPT = 500;

const [port = '0', psp = '', directory = ''] = process.argv.slice(2);
const running = await startSystem(createShop({ psp: { url: psp } }), {
  topology: parseTopology(
    {
      system: 'shop',
      gateway: { public: `127.0.0.1:${port}`, admin: '127.0.0.1:0' },
      supervisor: false,
      groups: { shop: { gateway: true, services: ['*'] } },
      stores: { '*': { engine: 'sqlite' } },
    },
    'of the benchmark',
  ),
  directory,
  log: createLog({ file: `${directory}/portico.log` }),
});
await seedGoods(running.runtime);
const inventory = running.runtime.client(Inventory, {
  caller: { subject: 'user:bench', permissions: new Set(['stock:write']), via: 'bench' },
});
const lines = listGoods().map(({ sku }) => ({ sku, quantity: STOCK }));
for (let first = 0; first < lines.length; first += LINES_PER_RECEIPT) {
  const some = lines.slice(first, first + LINES_PER_RECEIPT);
  await inventory.receive({ lines: some }, { key: `bench/${first}` });
}
console.log(JSON.stringify({ port: Number(port) }));
process.on('SIGTERM', async () => {
  await running.stop();
  process.exit(0);
});
