// A process of its own for tests: hears events on the real clock and tells of each run on its standard
// output, until it is killed. "die:<n>" events kill it from within.
import { writeSync } from 'node:fs';
import { createHost } from '@portico/host';
import { createRuntime } from '@portico/runtime';
import type { Logger } from '@portico/service';
import { sqliteDriver } from '@portico/store-sqlite';
import { AT_EASE } from '@portico/testing';
import { createSink, sinkStore, source, sourceStore } from './fixture.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const host = createHost();
const quiet = () => {};
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const open = (service: string, definition: unknown) =>
  sqliteDriver.open(definition as never, { service, dataDirectory, host, log });
const sink = createSink(({ payload }) => {
  writeSync(1, `${payload.n}\n`);
  if (payload.key === 'deadly') process.kill(process.pid, 'SIGKILL');
});
const runtime = createRuntime({
  system: 'test',
  host,
  log,
  policies: AT_EASE,
  services: [
    { service: source, store: await open('source', sourceStore), config: undefined },
    { service: sink, store: await open('sink', sinkStore), config: undefined },
  ],
});
await runtime.start();
host.timers.after(60_000, () => process.exit(1));
