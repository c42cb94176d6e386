// `npm test`: types, lint, structure, then every test from source, and a choice of the shop's again in
// split topology. With `--all` (`npm run ok`, CI) all of those, and the outside judges too. Arguments that
// are files run only those tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const all = process.argv.includes('--all') || process.env.PORTICO_REQUIRE_SERVICES === '1';
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** From the search to a paid order, and everybody at once. */
const SPLIT = '{purchase,checkout-races}';
const failed: string[] = [];
const timings: string[] = [];

if (files.length === 0) {
  run('types', ['node_modules/typescript/bin/tsc', '--noEmit']);
  // The peers of the benchmarks are installed by the first `npm run bench`, and only then.
  if (existsSync('bench/node_modules'))
    run('types of bench', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'bench']);
  run('lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
  run('structure', ['scripts/tidy/main.ts']);
  if (all) installJudges();
}
const runs =
  files.length > 0
    ? [runTests('tests', files)]
    : [
        runTests('tests', ['{packages,systems,scripts,tests}/**/*.test.ts']),
        // The others choose their topologies themselves.
        runTests('tests in split topology', [`tests/shop/${all ? '*' : SPLIT}.test.ts`], {
          PORTICO_TOPOLOGY: 'split',
        }),
      ];
const passed = runs.reduce((sum, run) => sum + run.passed, 0);
const failures = runs.reduce((sum, run) => sum + run.failed, failed.length);
console.log(`\n${timings.join(' · ')}`);
for (const name of failed) console.log(`FAILED: ${name}`);
// Checks that are no tests count as one each, so that the last line tells the whole truth.
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures > 0 || runs.some((run) => run.passed === 0) ? 1 : 0;

function run(name: string, command: readonly string[]): boolean {
  console.log(`— ${name}`);
  const startedAt = performance.now();
  const result = spawnSync(process.execPath, command, { stdio: 'inherit' });
  timings.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  if (result.status !== 0) failed.push(name);
  return result.status === 0;
}

/** The judges have their own lock file: what they need never reaches a user of Portico. */
function installJudges(): void {
  const directory = 'tests/judges';
  if (existsSync(join(directory, 'node_modules/.package-lock.json'))) return;
  console.log('— installing the outside judges (needed once)');
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: 'inherit',
  });
  if (npm.status !== 0) failed.push('installing the outside judges');
}

function runTests(
  name: string,
  patterns: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { passed: number; failed: number } {
  console.log(`— ${name}`);
  const directory = mkdtempSync(join(tmpdir(), 'portico-test-'));
  const log = join(directory, 'report.txt');
  const reporter = './scripts/test-reporter.ts';
  const startedAt = performance.now();
  const result = spawnSync(
    process.execPath,
    [
      '--test',
      '--test-concurrency=2',
      '--import',
      './scripts/test-limit.ts',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${log}`,
      ...patterns,
    ],
    { stdio: 'inherit', env: { ...process.env, ...environment } },
  );
  timings.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const summary = /^(\d+) passed, (\d+) failed/m.exec(lastLine(log));
  rmSync(directory, { recursive: true, force: true });
  const counted = { passed: Number(summary?.[1] ?? 0), failed: Number(summary?.[2] ?? 0) };
  // A runner that ends badly without a failed test (a crash, a leak) must not look like success.
  if (result.status !== 0 && counted.failed === 0) failed.push(`runner of ${name}`);
  return counted;
}

function lastLine(path: string): string {
  return existsSync(path) ? (readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '') : '';
}
