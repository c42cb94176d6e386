// The long tier of the simulation, and the replay of one seed:
//
//   npm run test:simulation -- [--workload bank] [--seeds 12000] [--from 1] [--size 30] [--twice 200]
//   npm run test:simulation -- --workload bank --seed 123 [--size 30]
//   npm run test:simulation -- --bugs          every planted bug must be found in 500 seeds
import { parseArgs } from 'node:util';
import { formatReport, runSeed, searchSeeds, shrinkSeed, type Workload } from '@portico/testing';
import { buriedSeeds } from './graveyard.ts';
import { plantedBugs } from './planted-bugs.ts';
import { workloads } from './workloads.ts';

const COMMAND = 'npm run test:simulation --';
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;
const BUG_SIZE = 8;

const { values } = parseArgs({
  options: {
    workload: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '12000' },
    from: { type: 'string', default: '1' },
    size: { type: 'string', default: '30' },
    twice: { type: 'string', default: '200' },
    bugs: { type: 'boolean', default: false },
  },
});
const size = toNumber('size', values.size);
const chosen = workloads.filter(({ name }) => !values.workload || name === values.workload);
if (chosen.length === 0) {
  const known = workloads.map(({ name }) => name).join(', ');
  fail(`There is no workload "${values.workload}". There are: ${known}.`);
}
if (values.seed !== undefined) await replay(toNumber('seed', values.seed));
else if (values.bugs) await findBugs();
else await search();

async function replay(seed: number): Promise<void> {
  for (const workload of chosen) {
    const report = await runSeed(workload, { seed, size });
    if (report.problem !== undefined) fail(formatReport(report, COMMAND));
    const { events, virtualMs, hash } = report;
    console.log(
      `${workload.name} ${seed}: kept all promises. ${events} events, ${virtualMs} virtual ms, trace ${hash}`,
    );
  }
}

async function search(): Promise<void> {
  const each = Math.ceil(toNumber('seeds', values.seeds) / chosen.length);
  const from = toNumber('from', values.from);
  const twice = Math.min(toNumber('twice', values.twice), each);
  for (const workload of chosen) {
    await exhume(workload);
    const startedAt = performance.now();
    const found = await searchSeeds(workload, {
      ...{ from, count: each, size, failuresMax: 3 },
      twice: Math.ceil(twice / chosen.length),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = (found.seeds / seconds).toFixed(1);
    const { seeds, events, failed } = found;
    console.log(
      `${workload.name}: ${seeds} seeds, ${events} events, ${rate} seeds/s, ${failed.length} broken`,
    );
    for (const report of failed)
      console.log(formatReport(await shrinkSeed(workload, report), COMMAND));
    if (failed.length > 0) process.exitCode = 1;
  }
}

async function exhume(workload: Workload): Promise<void> {
  for (const { seed, size } of buriedSeeds(workload.name)) {
    const report = await runSeed(workload, { seed, size });
    if (report.problem !== undefined) fail(formatReport(report, COMMAND));
  }
}

async function findBugs(): Promise<void> {
  for (const plant of plantedBugs) {
    const { name, foundBy } = plant();
    for (const workload of workloads.filter((one) => foundBy.includes(one.name))) {
      const { failed } = await searchSeeds(workload, { count: BUG_SEEDS, size: BUG_SIZE, plant });
      const [report] = failed;
      console.log(
        `${name}, ${workload.name}: ${report ? `found by seed ${report.seed}` : 'NOT FOUND'}`,
      );
      if (!report) process.exitCode = 1;
    }
  }
}

function toNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    fail(`--${name} is a whole number, got "${text}".`);
  return value;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
