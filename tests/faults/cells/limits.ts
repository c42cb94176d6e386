import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A machine's own means to take something away from a process. What it lacks, it says. */

const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
];

/** What puts a wall clock wrong, where it is installed. */
export function findFaketime(): string | undefined {
  return FAKETIME.find((path) => existsSync(path));
}

/** What a process needs in its environment to go by the clock of `file`. */
export function faketimeOf(library: string, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    // Durations stay what they are, and so do the times of files.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}

/** Puts the clocks that go by `file` so many seconds before, or behind, the machine's. */
export function setFaketime(file: string, seconds: number): void {
  writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
}

/** A small disk of its own for a directory. @returns why there is none, where that is not allowed. */
export function mountDisk(directory: string, sizeMiB: number): string | undefined {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const how = ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=700`, 'tmpfs', directory];
  const { status, stderr } = spawnSync('mount', how, { encoding: 'utf8' });
  return status === 0 ? undefined : `no disk can be mounted: ${(stderr ?? '').trim()}`;
}

/** Takes it away, though somebody may still use it. */
export function unmountDisk(directory: string): void {
  spawnSync('umount', ['--lazy', directory]);
}

const MIB = 1024 ** 2;

/** Writes until nothing more fits. @returns what empties it again. */
export function fillDisk(directory: string): () => void {
  const file = join(directory, 'filler');
  // In ever smaller pieces, so that no page is left.
  let number = 0;
  for (const piece of [MIB, 64 * 1024, 4096]) {
    while (tryWrite(`${file}-${number}`, piece)) number += 1;
  }
  if (statfsSync(directory).bfree > 0) throw new Error(`${directory} is not full`);
  return () => {
    for (const name of readdirSync(directory)) {
      if (name.startsWith('filler-')) rmSync(join(directory, name));
    }
  };
}

function tryWrite(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(bytes, 1));
    return true;
  } catch {
    rmSync(file, { force: true });
    return false;
  }
}

/** Whether limits of a running process can be set. */
export function findPrlimit(): string | undefined {
  const { status } = spawnSync('prlimit', ['--version']);
  return status === 0 ? undefined : 'there is no prlimit';
}

/** Lets a process open nothing more. @returns what allows it again. */
export function limitDescriptors(pid: number): () => void {
  const before = prlimit(pid, '--nofile', '--output', 'SOFT,HARD', '--noheadings');
  const [soft = '', hard = ''] = before.trim().split(/\s+/);
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let free = 0;
  while (open.has(free)) free += 1;
  prlimit(pid, `--nofile=${free}:${hard}`);
  return () => void prlimit(pid, `--nofile=${soft}:${hard}`);
}

function prlimit(pid: number, ...how: readonly string[]): string {
  const done = spawnSync('prlimit', [`--pid=${pid}`, ...how], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`prlimit: ${done.stderr}`);
  return done.stdout;
}
