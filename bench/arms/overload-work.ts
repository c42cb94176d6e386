import { pbkdf2Sync } from 'node:crypto';

/** Some milliseconds of one processor: little enough for a request, enough that a load generator can be ten times faster. */
const ITERATIONS = 15_000;

/** What every side of `overload` does for a request. */
export function work(name: string): { readonly name: string; readonly digest: string } {
  return { name, digest: pbkdf2Sync(name, 'overload', ITERATIONS, 16, 'sha256').toString('hex') };
}
