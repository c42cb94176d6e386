// The long tier of faults:
//
//   npm run test:faults                                     every race and fault at full size, then 200 kills
//   npm run test:faults -- --kills 200 [--seed 1]           kills only
//   npm run test:faults -- --races                          races and faults only
//   npm run test:faults -- --changes [--requests 50000] [--rate 400]
//                                                           processes changed and killed under load only
//   npm run test:faults -- --losses [--rate 200]            one process after the other killed under load only
//   npm run test:faults -- --autoscale                      ten times the load for a minute, and back
//   npm run test:faults -- --overload                       up to ten times the load that a service can serve
//   npm run test:faults -- --cells [--topology split] [--fault disk]
//                                                           every fault in every topology only
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatChanges, isUnnoticed } from '../processes/changes-report.ts';
import { runChanges } from '../processes/long-run.ts';
import { follows, formatAutoscale, formatStep, runAutoscale } from './autoscale.ts';
import { formatCell, formatCells } from './cells/cell-report.ts';
import { runCells } from './cells/run-cells.ts';
import { formatKills } from './kill-report.ts';
import { runKills } from './kills.ts';
import { formatLevel, formatOverload, LEVEL_HEAD, runOverload, withstands } from './overload.ts';

const KILLS = 200;
const KILLS_MAX = 10_000;
const REQUESTS_MAX = 10_000_000;
const RATE_MAX = 100_000;
/** Two cores serve this many beside killing and starting. */
const RATE = 4;
const LIFE_MAX_MS = 3_000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    races: { type: 'boolean', default: false },
    changes: { type: 'boolean', default: false },
    losses: { type: 'boolean', default: false },
    autoscale: { type: 'boolean', default: false },
    overload: { type: 'boolean', default: false },
    cells: { type: 'boolean', default: false },
    topology: { type: 'string', default: '' },
    fault: { type: 'string', default: '' },
    requests: { type: 'string', default: '50000' },
    rate: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: '.portico/faults' },
  },
});
const kills = toNumber('kills', values.kills ?? String(KILLS), KILLS_MAX);
const seed = toNumber('seed', values.seed, Number.MAX_SAFE_INTEGER);

const requests = toNumber('requests', values.requests, REQUESTS_MAX);
const rate = toNumber('rate', values.rate, RATE_MAX);

if (values.changes || values.losses) {
  if (!(await change())) process.exitCode = 1;
} else if (values.autoscale) {
  if (!(await autoscale())) process.exitCode = 1;
} else if (values.overload) {
  if (!(await overload())) process.exitCode = 1;
} else if (values.cells) {
  if (!(await strike())) process.exitCode = 1;
} else {
  if (!values.kills && !runRaces()) process.exitCode = 1;
  if (!values.races && !(await kill())) process.exitCode = 1;
}

/** The same tests as in `npm test`, with as many of everything as the design asks for. */
function runRaces(): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      'scripts/test.ts',
      'tests/{shop,faults,processes}/**/*.test.ts',
      'tests/operator/shop-releases.test.ts',
    ],
    { stdio: 'inherit', env: { ...process.env, PORTICO_FAULTS: 'all' } },
  );
  return status === 0;
}

async function kill(): Promise<boolean> {
  console.log(`\nkilling a shop ${kills} times under load …`);
  const onKill = (done: number) => {
    if (done % 10 === 0) console.log(`  ${done} kills`);
  };
  const figures = await runKills({ kills, seed, rate: RATE, lifeMaxMs: LIFE_MAX_MS, onKill });
  console.log(`\n${formatKills(figures)}\n\nAll figures are in ${keep('kills', figures)}.`);
  return figures.check.outcome === 'holds';
}

async function change(): Promise<boolean> {
  const lossesOnly = values.losses;
  const each = lossesOnly ? 'losing one after the other' : `${requests} requests each time`;
  console.log(`\nchanging a shop of several processes, ${each} …`);
  const figures = await runChanges({
    ...{ requests, rate, seed, lossesOnly },
    onDone: (line) => console.log(`  ${'change' in line ? line.change : line.loss}`),
  });
  console.log(
    `\n${formatChanges(figures)}\n\nAll figures are in ${keep(lossesOnly ? 'losses' : 'changes', figures)}.`,
  );
  return isUnnoticed(figures);
}

async function autoscale(): Promise<boolean> {
  console.log('\nten times the load for a minute, then as before; about five minutes …\n');
  const figures = await runAutoscale((step) => console.log(formatStep(step)));
  console.log(`\n${formatAutoscale(figures)}\n\nAll figures are in ${keep('autoscale', figures)}.`);
  return follows(figures);
}

async function overload(): Promise<boolean> {
  console.log(`\na service in a process of its own, up to ten times overloaded …\n\n${LEVEL_HEAD}`);
  const figures = await runOverload((level) => console.log(formatLevel(level)));
  console.log(`\n${formatOverload(figures)}\n\nAll figures are in ${keep('overload', figures)}.`);
  return withstands(figures);
}

async function strike(): Promise<boolean> {
  const { topology, fault } = values;
  console.log('\neach fault strikes a shop of real processes under load …\n');
  const cells = await runCells({
    ...{ topology, fault },
    load: { rate: 60, clients: 6, buyers: 2, seed },
    onDone: (cell) => console.log(formatCell(cell)),
  });
  if (cells.length === 0) {
    console.error(`There is no cell of a topology "${topology}" and a fault "${fault}".`);
    process.exit(3);
  }
  console.log(`\n${formatCells(cells)}\n\nAll figures are in ${keep('cells', cells)}.`);
  return cells.every((cell) => cell.is === 'left out' || cell.broken.length === 0);
}

/** Writes figures down. @returns where. */
function keep(name: string, figures: object): string {
  const path = join(values.out, `${name}.json`);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(path, `${JSON.stringify(figures, null, 2)}\n`);
  return path;
}

function toNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0 && value <= most)
    return value;
  console.error(`--${name} is a whole number up to ${most}, not "${text}".`);
  process.exit(3);
}
