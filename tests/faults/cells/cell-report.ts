import type { Cell } from './run-cells.ts';

const NAME_WIDTH = 50;
const WIDTH = 10;

/** What a run of cells came to, as people read it. */
export function formatCells(cells: readonly Cell[]): string {
  const leftOut = cells.flatMap((cell) =>
    cell.is === 'left out' ? [`  ${cell.topology}: ${cell.fault}: ${cell.why}`] : [],
  );
  return [
    toRow('', ['struck', 'well s', 'others', 'failed', 'its own', 'failed', 'orders', '']),
    ...cells.flatMap((cell) => (cell.is === 'left out' ? [] : [formatCell(cell)])),
    ...(leftOut.length > 0 ? ['', 'Left out:', ...leftOut] : []),
  ].join('\n');
}

/** One line, and what did not hold below it. */
export function formatCell(cell: Cell): string {
  const name = `${cell.topology}: ${cell.fault}`;
  if (cell.is === 'left out') return `${name}: left out, ${cell.why}`;
  const broken = cell.broken.map((line) => `\n  ${line}`).join('');
  if (cell.is === 'failed') return `${name}: BROKEN${broken}`;
  const { who, wellMs, others, own, orders } = cell.figures;
  const seconds = (wellMs / 1_000).toFixed(1);
  const numbers = [others.requests, others.failed, own.requests, own.failed, orders];
  return toRow(name, [who, seconds, ...numbers, broken ? 'BROKEN' : 'holds']) + broken;
}

function toRow(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => String(cell).padStart(WIDTH)).join('');
}
