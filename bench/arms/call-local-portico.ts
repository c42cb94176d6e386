// Portico: one service calls an internal operation of another in the same process. Validated and
// copied both ways, under a deadline, a trace and a permission check.
import { api, operation } from '@portico/contract';
import { createHost } from '@portico/host';
import { createRuntime } from '@portico/runtime';
import { service } from '@portico/service';
import { createLog } from '@portico/system';
import { Stock, stock } from '../stock.ts';
import { measureCalls } from './call-rate.ts';

const Caller = api('caller', {
  version: '1.0.0',
  summary: 'Calls stock.',
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
  uses: { stock: Stock },
  operations: {
    async run(_input, { uses }) {
      await measureCalls((index) => uses.stock.count({ sku: 'HOSE-15', quantity: index & 1023 }));
    },
  },
});
const runtime = createRuntime({
  system: 'bench',
  host: createHost(),
  log: createLog({ level: 'silent' }),
  services: [stock, caller].map((each) => ({ service: each, store: undefined, config: undefined })),
});
await runtime.start();
await runtime.client(Caller, 'bench').run();
await runtime.drain();
