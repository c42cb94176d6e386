import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { groupsOf } from '../../processes/kit.ts';
import { type CellShop, startCellShop } from './cell-shop.ts';
import { CELL_FAULTS } from './faults.ts';
import { brokenIn, runCell } from './run-cell.ts';

/** Those that `tests/processes` does not strike already; `npm run test:faults -- --cells` takes all. */
const QUICK: readonly string[] = [
  'the event loop is blocked for 5 s',
  'memory runs out',
  'descriptors run out',
  'the disk is full',
  'connections are black holes',
];
/** That sagas end is what counts here; how soon depends on the machine, and is for `npm run test:faults`. */
const SETTLE_MS = 180_000;
const LOAD = { clients: 6, rate: 60, buyers: 2, seed: 11, settleMs: SETTLE_MS };

describe('a shop of several processes', () => {
  let cell: CellShop;
  before(async () => {
    cell = await startCellShop('split', groupsOf());
  });
  after(() => cell?.stop());

  for (const fault of CELL_FAULTS.filter(({ name }) => QUICK.includes(name))) {
    it(`keeps its promises when ${fault.name}`, async (test) => {
      const missing = fault.missing?.(cell);
      if (missing !== undefined) return test.skip(missing);
      const figures = await runCell(cell, { fault, load: LOAD });
      assert.deepEqual(brokenIn(figures), []);
    });
  }
});
