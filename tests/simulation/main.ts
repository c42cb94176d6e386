// The long tier of the simulation, and the replay of one seed:
//
//   npm run test:simulation -- [--workload bank] [--seeds 12000] [--from 1] [--size 30] [--twice 200]
//   npm run test:simulation -- --workload bank --seed 123 [--size 30]
//   npm run test:simulation -- --bugs          every planted bug must be found in 500 seeds
import { parseArgs } from 'node:util';
import { formatReport, runSeed, shrinkSeed, type Workload } from '@portico/testing';
import { buriedSeeds } from './graveyard.ts';
import { plantedBugs } from './planted-bugs.ts';
import { createSearchThreads } from './search-in-threads.ts';
import { workloads } from './workloads.ts';

const COMMAND = 'npm run test:simulation --';
/** Seeds in which a planted bug must be found. */
const BUG_SEEDS = 500;
const BUG_SIZE = 8;
/** After so many broken promises a workload is not searched any further. */
const FAILURES_MAX = 3;

const { values } = parseArgs({
  options: {
    workload: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '12000' },
    from: { type: 'string', default: '1' },
    size: { type: 'string', default: '10' },
    twice: { type: 'string', default: '200' },
    bugs: { type: 'boolean', default: false },
    bug: { type: 'string' },
  },
});
const size = toNumber('size', values.size);
const chosen = workloads.filter(({ name }) => !values.workload || name === values.workload);
if (chosen.length === 0) {
  const known = workloads.map(({ name }) => name).join(', ');
  fail(`There is no workload "${values.workload}". There are: ${known}.`);
}
if (values.seed !== undefined) await replay(toNumber('seed', values.seed));
else if (values.bugs || values.bug) await findBugs();
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
  const twice = Math.min(Math.ceil(toNumber('twice', values.twice) / chosen.length), each);
  const threads = createSearchThreads();
  for (const workload of chosen) {
    await exhume(workload);
    const options = { from, count: each, size, twice, failuresMax: FAILURES_MAX };
    const found = await threads.search({ workload: workload.name, ...options });
    const { seeds, events, failed, seconds } = found;
    const rate = (seeds / seconds).toFixed(1);
    console.log(
      `${workload.name}: ${seeds} seeds, ${events} events, ${rate} seeds/s, ${failed.length} broken`,
    );
    for (const report of failed.slice(0, FAILURES_MAX))
      console.log(formatReport(await shrinkSeed(workload, report), COMMAND));
    if (failed.length > 0) process.exitCode = 1;
  }
  await threads.close();
}

async function exhume(workload: Workload): Promise<void> {
  for (const { seed, size } of buriedSeeds(workload.name)) {
    const report = await runSeed(workload, { seed, size });
    if (report.problem !== undefined) fail(formatReport(report, COMMAND));
  }
}

async function findBugs(): Promise<void> {
  const threads = createSearchThreads();
  const bugs = plantedBugs.map((plant) => plant());
  for (const { name, foundBy } of bugs.filter(({ name }) => !values.bug || name === values.bug)) {
    for (const workload of chosen.filter((one) => foundBy.includes(one.name))) {
      const options = { from: 1, count: BUG_SEEDS, size: BUG_SIZE, twice: 0, failuresMax: 1 };
      const { failed } = await threads.search({ workload: workload.name, bug: name, ...options });
      const [report] = failed;
      const outcome = report ? `found by seed ${report.seed}` : 'NOT FOUND';
      console.log(`${name}, ${workload.name}: ${outcome}`);
      if (values.bug && report) console.log(formatReport(report));
      if (!report) process.exitCode = 1;
    }
  }
  await threads.close();
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
