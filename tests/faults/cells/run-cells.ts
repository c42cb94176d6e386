import { CELL_TOPOLOGIES, type CellShop, readGroups, startCellShop } from './cell-shop.ts';
import { CELL_FAULTS, type Fault } from './faults.ts';
import { brokenIn, type CellFigures, type CellLoad, runCell } from './run-cell.ts';

/** Which cells are run. */
export interface CellsRequest {
  /** A part of a topology's name, and of a fault's; empty: all. */
  readonly topology: string;
  readonly fault: string;
  readonly load: CellLoad;
  /** Hears of each when it is over. */
  onDone?(cell: Cell): void;
}

/** What came of one fault in one topology. */
export type Cell = { readonly topology: string; readonly fault: string } & (
  | { readonly is: 'run'; readonly figures: CellFigures; readonly broken: readonly string[] }
  /** It was not healed, or had no effect. */
  | { readonly is: 'failed'; readonly broken: readonly string[] }
  | { readonly is: 'left out'; readonly why: string }
);

/** Every fault in every topology, one after the other: one shop for each topology, a new one after a failure. */
export async function runCells(request: CellsRequest): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  const faults = CELL_FAULTS.filter(({ name }) => name.includes(request.fault));
  for (const topology of CELL_TOPOLOGIES.filter((name) => name.includes(request.topology))) {
    let shop: CellShop | undefined;
    try {
      for (const fault of faults) {
        shop ??= await startCellShop(topology, readGroups(topology));
        const cell = await runOne(shop, fault, request.load);
        cells.push(cell);
        request.onDone?.(cell);
        if (cell.is !== 'failed') continue;
        await shop.stop();
        shop = undefined;
      }
    } finally {
      await shop?.stop();
    }
  }
  return cells;
}

async function runOne(shop: CellShop, fault: Fault, load: CellLoad): Promise<Cell> {
  const where = { topology: shop.topology, fault: fault.name };
  const why = fault.missing?.(shop);
  if (why !== undefined) return { ...where, is: 'left out', why };
  try {
    const figures = await runCell(shop, { fault, load });
    return { ...where, is: 'run', figures, broken: brokenIn(figures) };
  } catch (problem) {
    return { ...where, is: 'failed', broken: [(problem as Error).message] };
  }
}
