import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Benchmark, Ratio } from './benchmark.ts';
import type { Results } from './measure.ts';

interface Stored {
  readonly name: string;
  readonly work: string;
  readonly command: string;
  readonly at: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly ratios: readonly Ratio[];
  readonly results: Results;
}

const folder = new URL('.', import.meta.url);
const MARK = '<!-- results: written by npm run bench -->';

/** With fewer rounds a median is chance; such runs are printed, and leave what is kept alone. */
const KEPT_ROUNDS_MIN = 3;

/** Prints a benchmark's ratios and figures, and keeps both when there were rounds enough. */
export function report(
  benchmark: Benchmark,
  results: Results,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number | undefined },
): void {
  const ratios = benchmark.ratios(results);
  const stored: Stored = {
    name: benchmark.name,
    work: benchmark.work,
    command: [
      `npm run bench -- ${benchmark.name} --rounds ${rounds}`,
      ...(seconds === undefined ? [] : [`--seconds ${seconds}`]),
    ].join(' '),
    at: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    commit: readCommit(),
    ratios,
    results,
  };
  console.log(section(stored));
  if (rounds < KEPT_ROUNDS_MIN) return;
  mkdirSync(new URL('results/', folder), { recursive: true });
  writeFileSync(
    new URL(`results/${benchmark.name}.json`, folder),
    `${JSON.stringify(stored, null, 2)}\n`,
  );
  writeTable();
}

/** The commit that was measured; `unknown` in a copy without git. */
function readCommit(): string {
  const git = ['rev-parse', '--short', 'HEAD'];
  const { stdout, status } = spawnSync('git', git, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}

function section(stored: Stored): string {
  const ratioRows = stored.ratios.map((row) => {
    const verdict = row.goal === undefined ? '' : isMet(row) ? 'met' : '**missed**';
    const sign = row.lowerIsBetter ? '≤' : '≥';
    const goal = row.goal === undefined ? '' : `${sign} ${row.goal}`;
    return `| ${row.label} | ${format(row.ratio)} | ${goal} | ${verdict} |`;
  });
  const armRows = Object.entries(stored.results).flatMap(([arm, figures]) =>
    Object.entries(figures).map(
      ([figure, { median, minimum, maximum }]) =>
        `| ${arm} | ${figure} | ${format(median)} | ${format(minimum)} – ${format(maximum)} |`,
    ),
  );
  return [
    `## ${stored.name}`,
    `${stored.work}`,
    '',
    `\`${stored.command}\` · ${stored.at.slice(0, 10)} · ${stored.machine} · Node ${stored.node} · ${stored.commit}`,
    '',
    '| ratio of medians | measured | goal | |',
    '|---|---|---|---|',
    ...ratioRows,
    '',
    '| arm | figure | median | minimum – maximum |',
    '|---|---|---|---|',
    ...armRows,
    '',
  ].join('\n');
}

function isMet(row: Ratio): boolean {
  if (row.goal === undefined) return true;
  return row.lowerIsBetter ? row.ratio <= row.goal : row.ratio >= row.goal;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value >= 1_000 ? 4 : 3 });
}

function writeTable(): void {
  const readme = new URL('README.md', folder);
  const head = readFileSync(readme, 'utf8').split(MARK)[0] ?? '';
  const sections = readdirSync(new URL('results/', folder))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => section(JSON.parse(readFileSync(new URL(`results/${name}`, folder), 'utf8'))));
  writeFileSync(readme, `${head}${MARK}\n\n${sections.join('\n')}`);
}
