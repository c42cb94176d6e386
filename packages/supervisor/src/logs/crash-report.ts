import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildExit } from '../keeper/messages.ts';
import type { LoadSample } from '../policy/load-sample.ts';
import { writeDurably } from '../write-durably.ts';
import { lastLines } from './last-lines.ts';

/** What is known of a replica that ended unasked. */
export interface CrashReport {
  readonly replica: string;
  readonly group: string;
  readonly release: string;
  /** ISO 8601. */
  readonly at: string;
  readonly exit: ChildExit;
  readonly uptimeMs: number;
  readonly load?: LoadSample;
  /** The last 100 of its log, oldest first. */
  readonly log: readonly string[];
  /** The last 100 of what it printed: for most crashes, why. */
  readonly output: readonly string[];
}

/** Where a replica's lines are. */
export interface CrashSources {
  readonly log: string;
  readonly output: string;
}

const LINES = 100;
/** A crash loop writes one each minute; a day of them says no more than a few. */
const REPORTS_MAX = 100;

/** Writes a report and drops the oldest ones. @returns its path. */
export function writeCrashReport(
  directory: string,
  crash: Omit<CrashReport, 'log' | 'output'>,
  sources: CrashSources,
): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const report: CrashReport = {
    ...crash,
    log: lastLines(sources.log, LINES),
    output: lastLines(sources.output, LINES),
  };
  // The time first, so that names sort by it.
  const path = join(directory, `${crash.at.replace(/[:.]/g, '-')}-${crash.replica}.json`);
  writeDurably(path, `${JSON.stringify(report, null, 2)}\n`);
  const reports = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  for (const name of reports.slice(0, -REPORTS_MAX)) rmSync(join(directory, name), { force: true });
  return path;
}
