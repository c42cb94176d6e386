import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the operating system puts it: compared, never read. */
  readonly startedAt: string;
}

/** Field 22 of `stat`, counted behind the name, which may hold spaces and brackets (proc(5)). */
const START_TIME = 19;
const STATE = 0;
const THREADS = 17;

/** The identity of a living process; `undefined` when there is none, or it waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this process is alive. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt;
}

/** Sends a signal to exactly this process, if it is alive. */
export function signalProcess(
  process_: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR2',
): void {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, signal);
  } catch (problem) {
    // It has ended since the line before.
    if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem;
  }
}

function fromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = fields[STATE] === 'Z' || fields[STATE] === 'X';
  // While another of its threads is ending, its sockets and files are open still.
  return hasEnded && Number(fields[THREADS]) <= 1 ? undefined : fields[START_TIME];
}

function fromPs(pid: number): string | undefined {
  try {
    const shown = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return shown === '' || shown.startsWith('Z') ? undefined : shown.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
