// npm run bench -- NAME … [--rounds 5] [--seconds N]
//
// Runs comparisons side by side, prints ratios first, and keeps the figures of three rounds or more in
// bench/results and the table of bench/README.md: fewer, with loads as short as you like, only show that
// everything runs. The peers are dependencies of this folder alone, installed on first use.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { callLocal } from './benchmarks/call-local.ts';
import { callRemote } from './benchmarks/call-remote.ts';
import { checkout } from './benchmarks/checkout.ts';
import { overload } from './benchmarks/overload.ts';
import { rest } from './benchmarks/rest.ts';
import { restRemote } from './benchmarks/rest-remote.ts';
import { scale } from './benchmarks/scale.ts';
import { soap } from './benchmarks/soap.ts';
import { start } from './benchmarks/start.ts';
import { report } from './report.ts';

const benchmarks: readonly Benchmark[] = [
  ...[callLocal, callRemote, rest, restRemote, soap],
  ...[checkout, start, scale, overload],
];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string' } },
});
const rounds = Number(values.rounds);
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
const unknown = positionals.filter((name) => !benchmarks.some((each) => each.name === name));
if (positionals.length === 0 || unknown.length > 0 || !(rounds >= 1) || !((seconds ?? 1) >= 1)) {
  const known = benchmarks.map((each) => each.name).join(' ');
  console.error(
    unknown.length > 0 ? `Unknown benchmark: ${unknown.join(' ')}.` : 'Which benchmark?',
    `\nUse: npm run bench -- ${known} [--rounds 5] [--seconds N]`,
  );
  process.exit(2);
}

const folder = new URL('.', import.meta.url).pathname;
if (!existsSync(`${folder}node_modules/.package-lock.json`)) {
  console.error('Installing the peers to compare with (npm ci in bench/; needed once) …');
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (npm.status !== 0) process.exit(1);
}

try {
  for (const benchmark of benchmarks.filter((each) => positionals.includes(each.name))) {
    console.error(`\n${benchmark.name}: ${benchmark.work}`);
    report(benchmark, await benchmark.run(rounds, seconds), { rounds, seconds });
  }
} catch (problem) {
  console.error((problem as Error).message);
  // Servers that were started are ended with this process.
  process.exit(1);
}
