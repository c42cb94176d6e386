import { formatReport } from '../../systems/shop/check/report.ts';
import type { KillFigures } from './kills.ts';

/** What a run of kills came to, as people read it. */
export function formatKills(figures: KillFigures): string {
  const { seed, kills, killedWhileStarting, restarts, problems, check } = figures;
  const away = problems
    .filter(({ status }) => status === 0)
    .reduce((sum, { count }) => sum + count, 0);
  return [
    `${kills} kills, seed ${seed}; ${killedWhileStarting} of them while the shop started`,
    `${restarts.count} restarts to ready: median ${restarts.medianMs} ms, p95 ${restarts.p95Ms} ms, max ${restarts.maxMs} ms; processor time: median ${restarts.cpuMedianMs} ms, max ${restarts.cpuMaxMs} ms`,
    `${figures.checkouts} checkouts, ${figures.answers} answers about ${figures.orders} orders; ${away} requests met nobody and were sent again`,
    `at rest and checked ${figures.settledMs} ms after the load`,
    '',
    formatReport(check),
  ].join('\n');
}
