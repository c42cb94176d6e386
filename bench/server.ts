import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { pinTo, SERVER_CPU } from './pin.ts';

/** A server under test, in a process of its own. */
export interface Server {
  readonly port: number;
  readonly process: ChildProcess;
  /** CPU time that it has used since it was started, in ms; `undefined` where there is no /proc. */
  cpuMs(): number | undefined;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  /** Whether it gets one processor to itself, and its load another (see pin.ts). */
  readonly pinned?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long an arm may take until it answers. */
const START_LIMIT_MS = 30_000;

/** A benchmark that fails half-way leaves no server behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a program of `bench/arms` that prints `{"port":…}` once it answers.
 *
 * @throws {Error} with the arm's name when it ends or says nothing for 30 s.
 */
export async function startServer(
  file: string,
  parameters: readonly string[] = [],
  { pinned = false, environment = {} }: ServerOptions = {},
): Promise<Server> {
  const path = new URL(`arms/${file}`, import.meta.url).pathname;
  const node = [process.execPath, path, ...parameters];
  const [command = '', ...rest] = pinned ? pinTo(SERVER_CPU, node) : node;
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void ended.then(() => running.delete(child));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const port = await readPort(child, file);
  return { port, process: child, cpuMs: () => readCpuMs(child.pid), stop };
}

function readPort(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const slow = new Error(`bench/arms/${file} said no port for ${START_LIMIT_MS / 1000} s`);
    const limit = setTimeout(() => reject(slow), START_LIMIT_MS);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /\{"port":(\d+)\}/.exec(output);
      if (!found) return;
      clearTimeout(limit);
      resolve(Number(found[1]));
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      reject(new Error(`bench/arms/${file} ended with ${code}`));
    });
  });
}

/** Linux counts CPU time in ticks of 10 ms, in user mode (field 14) and in the kernel (15): proc(5). */
const TICK_MS = 10;

function readCpuMs(pid: number | undefined): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  // The name of the program stands in parentheses and may hold spaces.
  const fields = readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
