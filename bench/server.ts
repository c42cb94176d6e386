import { type ChildProcess, spawn } from 'node:child_process';

/** A server under test, in a process of its own. */
export interface Server {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
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
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const path = new URL(`arms/${file}`, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...parameters], {
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
  return { port: await readPort(child, file), process: child, stop };
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
