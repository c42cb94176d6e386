import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Types are stripped once, not by each of the processes. */
const CACHE = { NODE_COMPILE_CACHE: join(tmpdir(), 'portico-test-cache') };
const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** What a command has said, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Command {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Said>;
}

/** Begins `portico PARAMETERS` as a process of its own. */
export function spawnPortico(parameters: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(process.execPath, [MAIN, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...CACHE, ...process.env, ...env },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]): Said => ({ ...said, code, signal }));
  return { child, said, ended };
}

/** Runs it to its end. */
export function portico(parameters: readonly string[], env?: NodeJS.ProcessEnv): Promise<Said> {
  return spawnPortico(parameters, env).ended;
}
