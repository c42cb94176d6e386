import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** A server under test, in a process of its own. */
export interface Server {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a program of `bench/arms` that prints `{"port":…}` once it answers. */
export async function startServer(
  file: string,
  parameters: readonly string[] = [],
): Promise<Server> {
  const child = spawn(
    process.execPath,
    [new URL(`arms/${file}`, import.meta.url).pathname, ...parameters],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /\{"port":(\d+)\}/.exec(output);
      if (found) resolve(Number(found[1]));
    });
    child.once('close', (code) => reject(new Error(`bench/arms/${file} ended with ${code}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { port, process: child, stop };
}

/** What wrk is told to send. */
export interface Load {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Requests per second and the latency of the slowest hundredth, as wrk measures them. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/**
 * Loads a server on this machine with wrk (Debian: `apt-get install wrk`) for some seconds.
 * @throws {Error} when wrk is missing, or a request failed: figures with failures measure nothing.
 */
export function load(port: number, { path, connections, seconds, ...request }: Load): LoadResult {
  const script = new URL('load.lua', import.meta.url).pathname;
  const result = spawnSync(
    'wrk',
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      script,
      `http://127.0.0.1:${port}${path}`,
    ],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        BENCH_METHOD: request.method ?? 'GET',
        BENCH_BODY: request.body ?? '',
        BENCH_HEADERS: Object.entries(request.headers ?? {})
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n'),
      },
    },
  );
  if (result.error)
    throw new Error(`wrk could not be started (${result.error.message}): apt-get install wrk`);
  const figures = /BENCH (\S+) (\S+) (\d+)/.exec(result.stdout);
  if (!figures) throw new Error(`wrk said nothing readable:\n${result.stdout}${result.stderr}`);
  if (Number(figures[3]) > 0) throw new Error(`${figures[3]} requests to ${path} failed`);
  return { perSecond: Number(figures[1]), p99Ms: Number(figures[2]) };
}
