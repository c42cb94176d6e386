import type { Ids } from '@portico/host';

/** What a process is called that has not been told: it is the only one on its stores. */
export const SOLE_REPLICA = 'main';

/** What this run of a replica writes into the leases that it takes: `cart-2/<id of the run>`. */
export function createHolder(replica: string, ids: Ids): string {
  return `${replica}/${ids.uuid()}`;
}

/**
 * Whether a lease was left by another run of the replica whose holder is `mine`. At the start of a run that
 * one has died: whoever starts a replica sees the end of the one of its name first.
 */
export function isOtherRun(holder: string, mine: string): boolean {
  const replica = mine.slice(0, mine.lastIndexOf('/') + 1);
  return holder !== mine && holder.slice(0, holder.lastIndexOf('/') + 1) === replica;
}
