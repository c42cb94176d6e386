import { createHost, openRotatingFile } from '@portico/host';
import type { Logger } from '@portico/service';
import { pino } from 'pino';
import { BATCH_CHARACTERS, createLineBatch } from './line-batch.ts';

const STDOUT = 1;

/** Where and how much is logged. */
export interface LogOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. Default: the environment's `LOG_LEVEL`, else `info`. */
  readonly level?: string;
  /**
   * A file to append JSON lines to, made when missing; put aside at 16 MiB, of which 8 are kept. It belongs
   * to this process alone. Default: standard output.
   */
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
  const file = options.file === undefined ? undefined : openRotatingFile(options.file);
  const batch = createLineBatch(file ?? openStdout(), createHost().timers);
  const flush = () => {
    batch.flush();
    file?.flush();
  };
  // Before the sink's own listeners, which write what it has and end it.
  process.prependListener('beforeExit', batch.flush);
  process.prependListener('exit', flush);
  return pino(settings, batch);
}

/** A batch is written as it is; other lines of a process's last moments are few. */
function openStdout() {
  return pino.destination({ dest: STDOUT, sync: false, maxWrite: 2 * BATCH_CHARACTERS });
}
