import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '@portico/host';
import {
  parseTopology,
  type RunningSystem,
  type StartOptions,
  type System,
  startSystem,
} from '@portico/system';
import { startSplit } from '@portico/system/processes';
import { AT_EASE } from './at-ease.ts';
import { createRecordedLog, type RecordedLog } from './recorded-log.ts';

/** What a test may choose. */
export interface TestSystemOptions {
  /** Default: the real machine. */
  readonly host?: Host;
  /** A directory to keep, for tests that stop and start again. Default: a temporary one, removed at the end. */
  readonly directory?: string;
  /**
   * `monolith`: all services in one runtime. `split`: each in a runtime of its own, the gateway in another,
   * all in this process but connected as processes are. Default: the environment's `PORTICO_TOPOLOGY`,
   * else `monolith`.
   */
  readonly topology?: 'monolith' | 'split';
  /** How much its processes take on. Default: {@link AT_EASE}. */
  readonly policies?: NonNullable<StartOptions['policies']>;
}

/** A system started for a test: free ports, data of its own, its log in memory. */
export interface TestSystem extends RunningSystem {
  readonly directory: string;
  readonly lines: RecordedLog['lines'];
}

/**
 * Starts a system as one process for a test: listeners on free ports of the loopback address, stores
 * in a temporary directory. `stop()` drains it and removes what it wrote.
 */
export async function startTestSystem(
  system: System,
  options: TestSystemOptions = {},
): Promise<TestSystem> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), `${system.name}-`));
  const log = createRecordedLog();
  const isSplit = (options.topology ?? process.env.PORTICO_TOPOLOGY) === 'split';
  const topology = parseTopology(
    {
      system: system.name,
      gateway: { public: '127.0.0.1:0', admin: '127.0.0.1:0' },
      ...(isSplit
        ? { groups: { edge: { gateway: true }, '*': {} } }
        : { supervisor: false, groups: { test: { gateway: true, services: ['*'] } } }),
      stores: { '*': { engine: 'sqlite' } },
    },
    'of a test',
  );
  const host = options.host ? { host: options.host } : {};
  const start = isSplit ? startSplit : startSystem;
  const policies = options.policies ?? AT_EASE;
  const shared = { topology, directory, log: log.logger, policies };
  const running = await start(system, { ...shared, ...host });
  const stop = async () => {
    await running.stop();
    if (!options.directory) rmSync(directory, { recursive: true, force: true });
  };
  return { ...running, directory, lines: log.lines, stop };
}
