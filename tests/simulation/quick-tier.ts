import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatReport, runSeed, searchSeeds, type Workload } from '@portico/testing';
import { buriedSeeds } from './graveyard.ts';
import { plantedBugs } from './planted-bugs.ts';

const COMMAND = 'npm run test:simulation --';
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;

/** How much of a workload the quick tier runs. */
export interface QuickTier {
  readonly seeds: number;
  readonly size: number;
  /** Seeds that run a second time. */
  readonly twice: number;
  /** Planted bugs that are searched here too; `npm run test:simulation -- --bugs` searches all. */
  readonly bugs: readonly string[];
}

/** The quick tier of a workload: graveyard, seeds, the same seeds again, planted bugs. */
export function describeWorkload(
  workload: Workload,
  { seeds, size, twice, bugs }: QuickTier,
): void {
  describe(`simulation: ${workload.name}`, () => {
    it('keeps the promises that it once broke', async () => {
      for (const { seed, size } of buriedSeeds(workload.name)) {
        const report = await runSeed(workload, { seed, size });
        assert(report.problem === undefined, formatReport(report, COMMAND));
      }
    });

    it(`keeps all promises in ${seeds} seeds, ${twice} of them twice`, async () => {
      const { failed } = await searchSeeds(workload, { count: seeds, size, twice });
      const [report] = failed;
      assert(report === undefined, report && formatReport(report, COMMAND));
    });

    for (const plant of plantedBugs.filter((one) => bugs.includes(one().name))) {
      it(`finds the planted bug: ${plant().name}`, async () => {
        const { failed } = await searchSeeds(workload, { count: BUG_SEEDS, size, plant });
        assert.equal(failed.length, 1, 'the bug was not found');
      });
    }
  });
}
