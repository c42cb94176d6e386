import { formatReport } from '../../systems/shop/check/report.ts';
import type { ChangeFigures, ChangesFigures, LostFigures } from './long-run.ts';

/** What a run of changes and losses came to, as people read it. */
export function formatChanges({ rate, changes, losses, check }: ChangesFigures): string {
  return [
    `${rate} requests a second wanted; latencies in ms`,
    '',
    toRow(['change', 'took s', 'requests', 'failed', 'p50', 'p99', 'max', 'checkouts', 'failed']),
    ...changes.map(formatChange),
    '',
    toRow(['loss', 'back s', 'others', 'failed', 'p50', 'p99', 'max', 'its own', 'failed']),
    ...losses.map(formatLoss),
    ...problemsOf(changes),
    '',
    formatReport(check),
  ].join('\n');
}

/** Whether nobody has noticed a planned change, nor the loss of a process that they did not need. */
export function isUnnoticed({ changes, losses, check }: ChangesFigures): boolean {
  const isQuiet = changes.every(({ failed, buyers }) => failed === 0 && buyers.length === 0);
  const isApart = losses.every(({ others }) => others.failed === 0);
  return isQuiet && isApart && check.outcome === 'holds';
}

function formatChange(figures: ChangeFigures): string {
  const { change, tookMs, requests, failed, p50Ms, p99Ms, maxMs, checkouts, buyers } = figures;
  const seconds = (tookMs / 1_000).toFixed(1);
  return toRow([change, seconds, requests, failed, p50Ms, p99Ms, maxMs, checkouts, buyers.length]);
}

function formatLoss({ loss, recoveredMs, others, own }: LostFigures): string {
  const seconds = Number.isFinite(recoveredMs) ? (recoveredMs / 1_000).toFixed(1) : '–';
  const { requests, failed, p50Ms, p99Ms, maxMs } = others;
  return toRow([loss, seconds, requests, failed, p50Ms, p99Ms, maxMs, own.requests, own.failed]);
}

function problemsOf(changes: readonly ChangeFigures[]): readonly string[] {
  return changes.flatMap(({ change, problems, buyers }) =>
    [...Object.entries(problems).map(([name, count]) => `${name}: ${count}`), ...buyers].map(
      (line) => `  ${change}: ${line}`,
    ),
  );
}

const NAME_WIDTH = 48;
const WIDTH = 10;

function toRow([name, ...cells]: readonly (string | number)[]): string {
  return (
    String(name).padEnd(NAME_WIDTH) + cells.map((cell) => String(cell).padStart(WIDTH)).join('')
  );
}
