import type { LatencyRow } from './recorder.ts';
import type { LoadResult } from './run-load.ts';

/** What of a load was asked for, to be shown beside what it came to. */
export interface Asked {
  readonly rate: number;
  readonly forMs: number;
  readonly seed: number;
  readonly origin: string;
}

/** A load later than this was slow itself: its latencies are not the shop's alone. */
const LATE_MAX_MS = 100;

/** Whether an answer is the shop's failure rather than its refusal. The client's own cut is neither. */
export function isFailure({ status, code }: { status: number; code: string }): boolean {
  return status >= 500 || (status === 0 && code !== 'cut off by the client');
}

/** A load's result as people read it. */
export function formatLoad(result: LoadResult, asked: Asked): string {
  const { all, rows, soap, problems } = result;
  const seconds = asked.forMs / 1_000;
  const rate = (all.count / seconds).toFixed(1);
  const share = all.count === 0 ? 0 : (100 * soap) / all.count;
  const failures = problems.filter(isFailure);
  const others = problems.filter((row) => !isFailure(row));
  const list = (found: typeof problems) =>
    found
      .toSorted((a, b) => b.count - a.count)
      .map(({ operation, status, code, count }) => {
        return `  ${String(count).padStart(6)}  ${operation}: ${status || '–'} ${code}`;
      });
  return [
    `Load of ${asked.origin}: ${seconds} s, seed ${asked.seed}, took ${(result.tookMs / 1_000).toFixed(1)} s`,
    `${rate} actions/s (asked for ${asked.rate}), ${all.count} in all, ${share.toFixed(1)} % over SOAP`,
    '',
    'latency in ms, from the intended start',
    formatRow(['', 'count', '%', 'p50', 'p95', 'p99', 'max']),
    ...[...rows.toSorted((a, b) => b.count - a.count), all].map((row) => toCells(row, all.count)),
    '',
    failures.length === 0 ? 'failures: none' : 'failures:',
    ...list(failures),
    others.length === 0 ? 'refusals: none' : 'refusals and cut connections, by code:',
    ...list(others),
    '',
    `${result.answers} answers about ${result.orders} orders`,
    ...(result.turnedAway > 0
      ? [`${result.turnedAway} visitors were too many and turned round`]
      : []),
    ...(result.lateMs > LATE_MAX_MS
      ? [`The generator itself was up to ${result.lateMs.toFixed(0)} ms late.`]
      : []),
  ].join('\n');
}

function toCells({ kind, count, p50, p95, p99, max }: LatencyRow, all: number): string {
  const ms = [p50, p95, p99, max].map((value) => value.toFixed(1));
  return formatRow([kind, String(count), ((100 * count) / Math.max(1, all)).toFixed(1), ...ms]);
}

function formatRow([name = '', ...cells]: readonly string[]): string {
  return `  ${name.padEnd(9)}${cells.map((cell) => cell.padStart(9)).join('')}`;
}
