import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SupervisedShop } from '../../processes/kit.ts';

/** What a process is told to do to itself. */
export type Order =
  | { readonly do: 'process.block'; readonly settings: { ms: number }; readonly forMs: number }
  | { readonly do: 'process.leak'; readonly settings: { mb: number }; readonly forMs: number }
  /** Ends every connection that others have made to it. */
  | { readonly do: 'hang up' };

/** In the working directory of each replica. */
export const ORDER_FILE = 'order.json';
const OBEYED_MS = 60_000;
const LOOK_MS = 10;

/** Tells a replica what to do. Ends when it has obeyed. */
export async function order(
  { directory }: Pick<SupervisedShop, 'directory'>,
  replica: string,
  what: Order,
): Promise<void> {
  const file = join(directory, 'work', replica, ORDER_FILE);
  // Never seen half written.
  writeFileSync(`${file}.new`, JSON.stringify(what));
  renameSync(`${file}.new`, file);
  const endAt = performance.now() + OBEYED_MS;
  while (existsSync(file)) {
    if (performance.now() > endAt) throw new Error(`${replica} does not obey`);
    await pause(LOOK_MS);
  }
}
