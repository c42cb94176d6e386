// Portico as it runs in several processes: the gateway in one, the service in another, both under keeper and
// supervisor, which have nothing to do while nothing changes but are counted with them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTopology } from '@portico/system';
import { startSupervised } from '@portico/system/processes';
import bench from './rest-remote-system.ts';

const TRIES_MAX = 100;
const PAUSE_MS = 100;

const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const topology = parseTopology(
  {
    system: 'bench',
    gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
    groups: { edge: { gateway: true }, stock: { services: ['stock', '@administration'] } },
    stores: { '*': { engine: 'sqlite' } },
  },
  'of the benchmark',
);
const running = await startSupervised(bench, {
  module: new URL('rest-remote-system.ts', import.meta.url).pathname,
  topology,
  directory,
});
// The edge may still be looking for the service when the system is started: nobody measures that.
for (let tries = 0; tries < TRIES_MAX; tries++) {
  const answer = await fetch(`${running.origins.public}/stock/v1/levels/HOSE-15`);
  if (answer.ok) break;
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
console.log(JSON.stringify({ port: Number(new URL(running.origins.public).port) }));
process.on('SIGTERM', async () => {
  await running.stop();
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
