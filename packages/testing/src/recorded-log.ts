import type { Logger } from '@portico/service';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log in memory, and what was written to it. */
export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: readonly LogLine[];
}

/** How many lines are kept; a test that logs more is looking for the last ones. */
const LINES_MAX = 10_000;

/** A log that tests can read. Keeps the last 10,000 lines. */
export function createRecordedLog(): RecordedLog {
  const lines: LogLine[] = [];
  const createLogger = (bound: object): Logger => {
    const write = (level: LogLine['level']) => (fields: object, message: string) => {
      if (lines.length >= LINES_MAX) lines.shift();
      lines.push({ level, message, fields: { ...bound, ...fields } });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => createLogger({ ...bound, ...fields }),
    };
  };
  return { logger: createLogger({}), lines };
}
