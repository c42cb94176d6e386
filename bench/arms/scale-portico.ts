// `SERVICES OPERATIONS`: a system of so many services with so many operations altogether, in one process. A
// service that may call all of them does so in turn, so that every call meets another operation than the last
// one; the gateway has all their routes. `calls` prints what a call costs, `serve` is for loads over HTTP.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, operation } from '@portico/contract';
import { service } from '@portico/service';
import { createLog, parseTopology, startSystem, system } from '@portico/system';
import * as z from 'zod';
import { measureCalls } from './call-rate.ts';

const [role, servicesCount = '1', operationsCount = '10'] = process.argv.slice(2);

type Call = (input: { readonly sku: string; readonly quantity: number }) => Promise<unknown>;

const Sku = z.string().min(1).max(40);
const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);
const perService = Math.ceil(Number(operationsCount) / Number(servicesCount));
const apis = indexes(Number(servicesCount)).map((index) => createApi(`stock${index}`));

function createApi(name: string) {
  const definition = (index: number) =>
    operation({
      summary: 'Counts.',
      exposure: 'public',
      access: 'anyone',
      effect: 'safe',
      http: `GET /counts${index}/{sku}`,
      input: z.object({ sku: Sku, quantity: z.int32().min(0).max(1_000_000) }),
      output: z.object({ sku: Sku, available: z.int32(), low: z.boolean() }),
    });
  const operations = Object.fromEntries(
    indexes(perService).map((index) => [`count${index}`, definition(index)]),
  );
  return api(name, { version: '1.0.0', summary: 'Stock.', operations });
}

const counted = apis.map((each) =>
  service(each)({
    operations: Object.fromEntries(
      Object.keys(each.operations).map((name) => [
        name,
        async ({ sku, quantity }: { sku: string; quantity: number }) => {
          return { sku, available: quantity + 1, low: false };
        },
      ]),
    ),
  }),
);

const Caller = api('caller', {
  version: '1.0.0',
  summary: 'Calls them all.',
  operations: {
    run: operation({
      summary: 'Measures.',
      exposure: 'public',
      access: 'anyone',
      effect: 'unsafe',
      timeoutMs: 60_000,
    }),
  },
});
const caller = service(Caller)({
  uses: Object.fromEntries(apis.map((each) => [each.name, each])),
  operations: {
    async run(_input, { uses }) {
      const calls = apis.flatMap(({ name, operations: of }) => {
        const client = uses[name] as unknown as Readonly<Record<string, Call>>;
        return Object.keys(of).map((called) => client[called] as Call);
      });
      const call = (index: number) =>
        (calls[index % calls.length] as Call)({ sku: 'HOSE-15', quantity: index & 1023 });
      await measureCalls(call, calls.length);
    },
  },
});

const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const running = await startSystem(
  system({ name: 'bench', services: [...counted, caller], gateway: { issuers: [], roles: {} } }),
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
const stop = async () => {
  await running.stop();
  process.exit(0);
};
if (role === 'calls') {
  await running.runtime.client(Caller, 'bench').run();
  await stop();
} else {
  console.log(JSON.stringify({ port: Number(new URL(running.origins.public).port) }));
  process.on('SIGTERM', stop);
}
