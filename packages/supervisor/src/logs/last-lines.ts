import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Lines of a log are short; this holds a hundred of them and bounds what a broken one can cost. */
const READ_MAX_BYTES = 256 * 1024;

/** The last lines of a file, oldest first; none where there is no file. */
export function lastLines(path: string, count: number): readonly string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw problem;
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, READ_MAX_BYTES));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8', 0, read).split('\n');
    // The first one may have been cut, the last one is empty after a whole line.
    const whole = size > bytes.length ? lines.slice(1) : lines;
    return whole.filter((line) => line !== '').slice(-count);
  } finally {
    closeSync(file);
  }
}
