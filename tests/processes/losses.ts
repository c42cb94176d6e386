import { setTimeout as pause } from 'node:timers/promises';
import type { SupervisedShop } from './kit.ts';

/** A process that is lost without a warning. */
export interface Loss {
  readonly name: string;
  /** Replicas of this group, or the supervisor. */
  readonly who: string;
  /** `SIGSTOP`: it is there, and does nothing. */
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** Whose loss the others must not notice. */
export const LOSSES: readonly Loss[] = [
  { name: 'orders is killed', who: 'orders', signal: 'SIGKILL' },
  { name: 'cart is killed', who: 'cart', signal: 'SIGKILL' },
  { name: 'catalog is killed', who: 'catalog', signal: 'SIGKILL' },
  { name: 'the supervisor is killed', who: 'supervisor', signal: 'SIGKILL' },
  { name: 'cart stands still', who: 'cart', signal: 'SIGSTOP' },
];

const LOOK_MS = 20;
/** Who stands still is given five seconds; a machine may be slow to let them pass. */
const REPLACED_MS = 60_000;

/** Sends the signal to one process of `who`. @returns when, of `performance.now()`. */
export function lose(shop: SupervisedShop, { who, signal }: Loss): number {
  const victim = processOf(shop, who);
  const at = performance.now();
  process.kill(victim.pid, signal);
  return at;
}

/** Waits until another process has taken the place of the one lost, and everybody knows of it. */
export async function replaced(shop: SupervisedShop, pid: number): Promise<void> {
  const endAt = performance.now() + REPLACED_MS;
  while (shop.processes().some((one) => one.pid === pid)) {
    if (performance.now() > endAt) throw new Error(`${pid} still there after ${REPLACED_MS} ms`);
    await pause(LOOK_MS);
  }
  await shop.settled();
}

/** One process of a group. */
export function processOf(shop: SupervisedShop, who: string) {
  const found = shop.processes().find(({ name }) => name.replace(/-\d+$/, '') === who);
  if (!found) throw new Error(`there is no process of "${who}"`);
  return found;
}
