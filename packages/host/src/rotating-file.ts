import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A file that lines are appended to, and its predecessors: `cart-0.log`, `cart-0.log.1`, … */
export interface RotatingFile {
  /** Appends whole lines. Written in another thread, in order; a slow disk holds nobody up. */
  write(lines: string): void;
  /** Writes what is still held, at once. For the last moments of a process. */
  flush(): void;
  close(): void;
}

/** How much is kept. */
export interface RotationOptions {
  /** A file that has reached it is put aside, between two writes, so lines stay whole. */
  readonly sizeBytes?: number;
  /** All files together, the present one included. */
  readonly files?: number;
}

const SIZE_BYTES = 16 * 1024 ** 2;
const FILES = 8;
/** What a disk that stands still may cost in memory; more is dropped, and counted. */
const HELD_MAX_BYTES = 16 * 1024 ** 2;

/** A process that may write nothing but its log can't make its folder, not even when that is there. */
function openNew(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a', 0o600);
  }
}

/**
 * Opens, or goes on with, a log of bounded size: 8 files of 16 MiB. It belongs to one process: nobody
 * else writes or rotates it, so nothing has to be told to open it anew.
 */
export function openRotatingFile(path: string, options: RotationOptions = {}): RotatingFile {
  const { sizeBytes = SIZE_BYTES, files = FILES } = options;
  let file = openNew(path);
  let size = fstatSync(file).size;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let dropped = 0;
  let writing: Buffer | undefined;
  let closed = false;

  const rotate = () => {
    closeSync(file);
    shift(path, files);
    file = openSync(path, 'a', 0o600);
    size = 0;
  };
  const note = () => {
    const line = `{"level":"warn","msg":"the disk was too slow","droppedBytes":${dropped}}\n`;
    dropped = 0;
    return Buffer.from(line);
  };
  const take = (): Buffer | undefined => {
    if (held.length === 0) return undefined;
    const all = Buffer.concat(dropped > 0 ? [...held, note()] : held);
    held = [];
    heldBytes = 0;
    return all;
  };
  const next = () => {
    writing = take();
    if (!writing) return;
    if (size > 0 && size + writing.length > sizeBytes) rotate();
    put(writing);
  };
  const put = (rest: Buffer) => {
    write(file, rest, (problem, count) => {
      // Flushed by hand meanwhile, or the disk is full: what can't be written is lost, not kept for ever.
      if (closed || writing !== rest) return;
      size += problem ? 0 : count;
      if (problem || count >= rest.length) return next();
      writing = rest.subarray(count);
      put(writing);
    });
  };
  const flush = () => {
    const rest = take();
    // What another thread is writing at this moment ends before the process does; it can't be recalled.
    if (rest) size += writeSync(file, rest);
  };
  return {
    write(lines) {
      if (closed) return;
      const bytes = Buffer.from(lines);
      if (heldBytes + bytes.length > HELD_MAX_BYTES) {
        dropped += bytes.length;
        return;
      }
      held.push(bytes);
      heldBytes += bytes.length;
      if (!writing) next();
    },
    flush,
    close() {
      if (closed) return;
      flush();
      closed = true;
      closeSync(file);
    },
  };
}

/**
 * Puts a file aside if it has grown over a size: for one that others append to, before they open it.
 * Descriptors that are open go on with the file that was put aside.
 */
export function rotateIfLarge(path: string, options: RotationOptions = {}): void {
  const { sizeBytes = SIZE_BYTES, files = FILES } = options;
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  closeSync(file);
  if (size >= sizeBytes) shift(path, files);
}

/** `.log` becomes `.log.1`, that `.log.2`, …; the oldest goes. */
function shift(path: string, files: number): void {
  const nameOf = (age: number) => (age === 0 ? path : `${path}.${age}`);
  rmSync(nameOf(files - 1), { force: true });
  for (let age = files - 2; age >= 0; age--)
    if (existsSync(nameOf(age))) renameSync(nameOf(age), nameOf(age + 1));
}
