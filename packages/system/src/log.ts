import type { Logger } from '@portico/service';
import { pino } from 'pino';

/** How long a line may wait for others before it is written. */
const FLUSH_EVERY_MS = 250;

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
  // Batched writes: a line per request must not cost a system call per request.
  const batching = { sync: false, minLength: 4096, periodicFlush: FLUSH_EVERY_MS };
  const target = options.file ? { dest: options.file, mkdir: true } : { dest: 1 };
  return pino(settings, pino.destination({ ...target, ...batching }));
}
