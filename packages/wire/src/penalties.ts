import type { Host } from '@portico/host';

/** So many breaches of the protocol … */
const STRIKES_MAX = 3;
/** … within this time are no accident … */
const WINDOW_MS = 60_000;
/** … and whoever made them is not spoken to for as long. */
const REFUSED_MS = 60_000;
/** One line a second per peer: a hostile one must not fill the log. */
const LOG_MS = 1_000;
/** More peers than a system has; the oldest are forgotten beyond it. */
const PEERS_MAX = 1_000;

/** Who broke the protocol, how often, and what follows from it. */
export interface Penalties {
  /** Notes a breach. `refused`: it was the third, an alarm is due. `log`: it may be written down. */
  strike(peer: string): { readonly refused: boolean; readonly log: boolean };
  /** How long this peer is not spoken to; 0 when it is. */
  refusedMs(peer: string): number;
}

interface Breaches {
  strikes: number[];
  refusedUntil: number;
  loggedAt: number;
}

/** Three breaches in a minute, and a peer is refused for a minute. */
export function createPenalties({ clock }: Pick<Host, 'clock'>): Penalties {
  const records = new Map<string, Breaches>();
  return {
    strike(peer) {
      const now = clock.monotonic();
      const record = records.get(peer) ?? {
        strikes: [],
        refusedUntil: Number.NEGATIVE_INFINITY,
        loggedAt: Number.NEGATIVE_INFINITY,
      };
      // The one that was heard of last stands last.
      records.delete(peer);
      records.set(peer, record);
      if (records.size > PEERS_MAX) records.delete(records.keys().next().value ?? '');
      record.strikes = [...record.strikes.filter((at) => now - at < WINDOW_MS), now];
      const log = now - record.loggedAt >= LOG_MS;
      if (log) record.loggedAt = now;
      const refused = record.strikes.length >= STRIKES_MAX;
      if (refused) {
        record.refusedUntil = now + REFUSED_MS;
        record.strikes = [];
      }
      return { refused, log };
    },
    refusedMs(peer) {
      const record = records.get(peer);
      return record ? Math.max(0, record.refusedUntil - clock.monotonic()) : 0;
    },
  };
}
