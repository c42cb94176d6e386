import { spawnSync } from 'node:child_process';
import { LOAD_CPU, pinTo } from './pin.ts';
import type { Server } from './server.ts';

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
  /** CPU time of the server per request, in µs; the steadiest figure where others use the machine. */
  readonly cpuUs?: number;
}

/** @throws {Error} that says how to get wrk where there is none. */
export function assertWrk(): void {
  // Without arguments wrk explains itself and ends with 1: only its absence is an error here.
  if (!spawnSync('wrk').error) return;
  throw new Error(
    'The HTTP benchmarks need wrk. Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk.',
  );
}

/**
 * Loads a server on this machine for some seconds.
 *
 * @throws {Error} when a request failed: figures with failures measure nothing.
 */
export function load(server: Server, { path, connections, seconds, ...request }: Load): LoadResult {
  const script = new URL('load.lua', import.meta.url).pathname;
  const target = `http://127.0.0.1:${server.port}${path}`;
  const size = ['-t1', `-c${connections}`, `-d${seconds}s`];
  const headers = Object.entries(request.headers ?? {});
  const cpuBefore = server.cpuMs();
  const wrk = ['wrk', ...size, '--latency', '-s', script, target];
  const [command = '', ...rest] = pinTo(LOAD_CPU, wrk);
  const result = spawnSync(command, rest, {
    encoding: 'utf8',
    env: {
      ...process.env,
      BENCH_METHOD: request.method ?? 'GET',
      BENCH_BODY: request.body ?? '',
      BENCH_HEADERS: headers.map(([name, value]) => `${name}: ${value}`).join('\n'),
    },
  });
  if (result.error) throw result.error;
  const figures = /BENCH (\S+) (\S+) (\d+)/.exec(result.stdout);
  if (!figures) throw new Error(`wrk said nothing readable:\n${result.stdout}${result.stderr}`);
  if (Number(figures[3]) > 0) throw new Error(`${figures[3]} requests to ${path} failed`);
  const perSecond = Number(figures[1]);
  const cpuAfter = server.cpuMs();
  const measured = { perSecond, p99Ms: Number(figures[2]) };
  if (cpuBefore === undefined || cpuAfter === undefined) return measured;
  return { ...measured, cpuUs: ((cpuAfter - cpuBefore) * 1_000) / (perSecond * seconds) };
}

/** Sends one request and gives its answer, to see that an arm does what it is measured for. */
export async function probe(
  port: number,
  { path, method = 'GET', headers, body }: Omit<Load, 'connections' | 'seconds'>,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
  return { status: answer.status, text: await answer.text() };
}
