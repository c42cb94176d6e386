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
    ...changes.flatMap(({ change, problems, buyers }) => [
      ...toLines(change, problems),
      ...buyers.map((line) => `  ${change}: ${line}`),
    ]),
    ...losses.flatMap(({ loss, others }) => toLines(`${loss}, others`, others.problems)),
    '',
    formatReport(check),
  ].join('\n');
}

/** Of the requests that do not need a process that is lost. */
const OTHERS_MIN = 0.95;
const BACK_WITHIN_MS = 5_000;
/** Whoever stands still is given so long (docs/resilience.md). */
const NOTICED_WITHIN_MS = 5_000;

/** Whether nobody has noticed a planned change, and hardly anybody a loss that they were not concerned by. */
export function isUnnoticed({ changes, losses, check }: ChangesFigures): boolean {
  const isQuiet = changes.every(({ failed, buyers }) => failed === 0 && buyers.length === 0);
  return isQuiet && losses.every(isSmall) && check.outcome === 'holds';
}

function isSmall({ others, own, recoveredMs, stoodStill }: LostFigures): boolean {
  const isApart = others.failed <= (1 - OTHERS_MIN) * others.requests;
  // Nobody asks the supervisor: there is nothing that could come back.
  if (own.requests === 0) return isApart;
  return isApart && recoveredMs <= BACK_WITHIN_MS + (stoodStill ? NOTICED_WITHIN_MS : 0);
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

function toLines(name: string, problems: ChangeFigures['problems']): readonly string[] {
  return Object.entries(problems).map(([problem, count]) => `  ${name}: ${problem}: ${count}`);
}

const NAME_WIDTH = 48;
const WIDTH = 10;

function toRow([name, ...cells]: readonly (string | number)[]): string {
  return (
    String(name).padEnd(NAME_WIDTH) + cells.map((cell) => String(cell).padStart(WIDTH)).join('')
  );
}
