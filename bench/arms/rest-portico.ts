// Portico's whole gateway in front of a service in the same process: routing, framing checks, access
// log to a file, metrics, permissions, deadline, trace, validation both ways, copying.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, parseTopology, startSystem, system } from '@portico/system';
import { stock } from '../stock.ts';

const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const running = await startSystem(
  system({ name: 'bench', services: [stock], gateway: { issuers: [], roles: {} } }),
  {
    topology: parseTopology(
      {
        system: 'bench',
        gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
        supervisor: false,
        groups: { bench: { gateway: true, services: ['*'] } },
        stores: { '*': { engine: 'sqlite' } },
      },
      'of the benchmark',
    ),
    directory,
    log: createLog({ file: join(directory, 'portico.log') }),
  },
);
console.log(JSON.stringify({ port: Number(new URL(running.origins.public).port) }));
process.on('SIGTERM', async () => {
  await running.stop();
  process.exit(0);
});
