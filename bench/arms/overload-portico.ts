// Portico with what it does by itself under load: callers beyond what the service keeps up with are told at once.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import { createLog, parseTopology, startSystem, system } from '@portico/system';
import * as z from 'zod';
import { work } from './overload-work.ts';

const Name = z.string().min(1).max(40);
const Worker = api('worker', {
  version: '1.0.0',
  summary: 'Takes some milliseconds of a processor.',
  operations: {
    work: operation({
      summary: 'Works.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: 'GET /work/{name}',
      input: z.object({ name: Name }),
      output: z.object({ name: Name, digest: z.string().max(64) }),
    }),
  },
});
const worker = service(Worker)({
  operations: {
    async work({ name }) {
      return work(name);
    },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const running = await startSystem(
  system({ name: 'bench', services: [worker], gateway: { issuers: [], roles: {} } }),
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
