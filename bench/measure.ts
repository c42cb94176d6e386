import { spawn } from 'node:child_process';
import { LOAD_CPU, pinTo } from './pin.ts';

/** One side of a comparison: a program that prints one JSON line of figures and ends. */
export interface Arm {
  readonly name: string;
  /** Measures once; figures by name, higher or lower being better as the benchmark says. */
  measure(): Promise<Figures>;
  /** Called once after the last round. */
  close?(): Promise<void>;
}

/** Figures of one round, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Median, and the spread that says how noisy the machine was. */
export interface Summary {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** All figures of all arms after interleaved rounds. */
export type Results = Readonly<Record<string, Readonly<Record<string, Summary>>>>;

/** Runs the arms in turn, A B C A B C …, so that a machine whose speed drifts drifts for all of them. */
export async function interleave(arms: readonly Arm[], rounds: number): Promise<Results> {
  const samples = new Map<string, Figures[]>(arms.map((arm) => [arm.name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const arm of arms) {
      const figures = await arm.measure();
      samples.get(arm.name)?.push(figures);
      console.error(`  round ${round}/${rounds} ${arm.name}: ${describe(figures)}`);
    }
  }
  for (const arm of arms) await arm.close?.();
  return Object.fromEntries([...samples].map(([name, rows]) => [name, summarizeAll(rows)]));
}

function describe(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value.toLocaleString('en', { maximumFractionDigits: 3 })}`)
    .join(', ');
}

function summarizeAll(rows: readonly Figures[]): Record<string, Summary> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, summarize(rows.map((row) => row[name] ?? 0))]),
  );
}

/** Median of the values; of an even number the mean of the middle two. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return { median, minimum: sorted[0] ?? 0, maximum: sorted.at(-1) ?? 0 };
}

/**
 * Runs a program of `bench/arms` to its end and reads the JSON line that it prints last. `pinned`: on the
 * processor that is kept for loads (see pin.ts).
 */
export async function runArm(
  file: string,
  parameters: readonly string[] = [],
  { pinned = false }: { readonly pinned?: boolean } = {},
): Promise<Figures> {
  const path = new URL(`arms/${file}`, import.meta.url).pathname;
  const node = [process.execPath, path, ...parameters];
  const [command = '', ...rest] = pinned ? pinTo(LOAD_CPU, node) : node;
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`bench/arms/${file} ended with ${code}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Figures;
}
