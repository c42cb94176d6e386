import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createHost } from '@portico/host';
import type { Logger } from '@portico/service';
import { pino } from 'pino';
import { BATCH_CHARACTERS, createLineBatch } from './line-batch.ts';

const STDOUT = 1;

/** Where and how much is logged. */
export interface LogOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. Default: the environment's `LOG_LEVEL`, else `info`. */
  readonly level?: string;
  /** A file to append JSON lines to, made when missing. Default: standard output. */
  readonly file?: string;
}

/** The log of a process: JSON lines, written by pino. */
export function createLog(options: LogOptions = {}): Logger {
  const level = options.level ?? process.env.LOG_LEVEL ?? 'info';
  const settings = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Opened here and now: what is opened in the background is not there yet when a start fails.
  const dest = options.file === undefined ? STDOUT : openFile(options.file);
  // A batch is written as it is; other lines of a process's last moments are few.
  const sink = pino.destination({ dest, sync: false, maxWrite: 2 * BATCH_CHARACTERS });
  const batch = createLineBatch(sink, createHost().timers);
  // Before the sink's own listeners, which write what it has and end it.
  process.prependListener('beforeExit', batch.flush);
  process.prependListener('exit', batch.flush);
  return pino(settings, batch);
}

function openFile(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, 'a');
}
