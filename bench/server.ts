import { type ChildProcess, spawn } from 'node:child_process';
import { pinTo, SERVER_CPU } from './pin.ts';
import { cpuMsOf, familyOf } from './processes.ts';

/** A server under test, in a process of its own. */
export interface Server {
  readonly port: number;
  readonly process: ChildProcess;
  /**
   * CPU time that it and the processes it has started have used, in ms; `undefined` where there is no /proc.
   */
  cpuMs(): number | undefined;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerOptions {
  /** Whether it gets one processor to itself, and its load another (see pin.ts). */
  readonly pinned?: boolean;
  /** Which processor it gets. Default: that of servers. */
  readonly cpu?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long an arm may take until it answers. */
const START_LIMIT_MS = 30_000;

/** A benchmark that fails half-way leaves no server behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  // Parents first: a keeper that lives would start again what it keeps.
  for (const each of [...running].flatMap(({ pid = 0 }) => familyOf(pid))) end(each);
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/**
 * Starts a program of `bench/arms` that prints `{"port":…}` once it answers.
 *
 * @throws {Error} with the arm's name when it ends or says nothing for 30 s.
 */
export async function startServer(
  file: string,
  parameters: readonly string[] = [],
  { pinned = false, cpu = SERVER_CPU, environment = {} }: ServerOptions = {},
): Promise<Server> {
  const path = new URL(`arms/${file}`, import.meta.url).pathname;
  const node = [process.execPath, path, ...parameters];
  const [command = '', ...rest] = pinned ? pinTo(cpu, node) : node;
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
  return { port, process: child, cpuMs: () => cpuMsOf(child.pid ?? 0), stop };
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
