import type { Breach, Figures } from './invariant.ts';
import type { CheckedInvariant, CheckResult } from './run-check.ts';

/** Breaches that are printed of one invariant; the JSON has all. */
const SHOWN_MAX = 10;

const SIGNS = { holds: 'holds ', broken: 'BROKEN', needs: 'needs ' } as const;

/** A result as people read it. */
export function formatReport(result: CheckResult): string {
  const { source, invariants, busy } = result;
  const held = invariants.filter(({ status }) => status === 'holds').length;
  const broken = invariants.filter(({ status }) => status === 'broken').map(({ id }) => id);
  const last = {
    holds: `${held} invariants hold; what the others need is written beside them.`,
    broken: `Broken: ${broken.join(', ')}.`,
    unsettled: `Not settled: the shop is busy, so what is broken above may not be.`,
  };
  return [
    `The shop at ${source}`,
    '',
    ...invariants.flatMap(formatInvariant),
    '',
    ...listed(busy),
    last[result.outcome],
  ].join('\n');
}

function formatInvariant({ id, title, status, figures, broken, needs }: CheckedInvariant) {
  const lines = [`${id.padEnd(3)}  ${SIGNS[status]}  ${title}`];
  const shown = formatFigures(figures);
  if (shown) lines.push(`             ${shown}`);
  if (needs) lines.push(`             needs ${needs}`);
  lines.push(...listed(broken.map(({ id: what, problem }: Breach) => `${what}: ${problem}`)));
  return lines;
}

function listed(items: readonly string[]): string[] {
  const shown = items.slice(0, SHOWN_MAX).map((item) => `             ✗ ${item}`);
  const left = items.length - shown.length;
  return left > 0 ? [...shown, `             ✗ and ${left} more (--json names them)`] : shown;
}

/** `SKUs 420 · reserved 0 · orders: confirmed 3, failed 1`. */
function formatFigures(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => {
      if (typeof value !== 'object') return `${name} ${value}`;
      const parts = Object.entries(value).map(([key, count]) => `${key} ${count}`);
      return `${name}: ${parts.join(', ') || 'none'}`;
    })
    .join(' · ');
}
