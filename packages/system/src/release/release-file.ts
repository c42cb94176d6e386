import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What makes a directory a release: its `release.json`. */
export const RELEASE_FILE = 'release.json';

const releaseFile = z.object({
  /** Version and digest of what is in it: two releases of one name are the same. */
  name: z.string().min(1).max(100),
  system: z.string().min(1),
  /** The module that exports the system, below the directory. */
  module: z.string().min(1),
});

/** What a release says of itself. */
export type ReleaseFile = z.infer<typeof releaseFile>;

/**
 * What a directory says of itself as a release; `undefined` for a directory of sources, which can be run
 * too, but that nobody keeps from changing.
 *
 * @throws {Error} when there is no such directory, or its `release.json` is none.
 */
export function findRelease(directory: string): ReleaseFile | undefined {
  if (!existsSync(directory)) throw new Error(`There is no directory ${directory}.`);
  const path = join(directory, RELEASE_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return releaseFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (problem) {
    throw new Error(`Cannot read the release in ${path}: ${(problem as Error).message}`);
  }
}

/** The system's module in a release; in a directory of sources it is called `source`. */
export function moduleOf(directory: string, source: string): string {
  return join(directory, findRelease(directory)?.module ?? source);
}
