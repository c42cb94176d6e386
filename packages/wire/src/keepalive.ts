/** With calls in flight: how long the other side may say nothing before it is asked. */
export const PING_BUSY_MS = 250;
/** Without: a connection that nobody uses is looked at now and then. */
export const PING_IDLE_MS = 10_000;
/** Asked and silent for this long: others are preferred. */
export const SUSPECT_MS = 750;
/** Asked and silent for this long: it is gone. */
export const DEAD_MS = 3_000;
/** How often a connection is looked at. */
export const LOOK_MS = 250;

/** What a look at a connection finds. */
export type Finding = 'fine' | 'suspect' | 'dead';

/** Decides from what was heard, and when, whether the other side lives. Sends nothing itself. */
export interface Keepalive {
  /** A frame came. */
  heard(): void;
  /**
   * To be called about every {@link LOOK_MS}, with whether calls are in flight. `ping`: ask now.
   */
  look(now: number, busy: boolean): { readonly finding: Finding; readonly ping: boolean };
}

/**
 * Silence counts only while something is expected: calls in flight, or an answer to a question; from the
 * first look that finds it so, which may make every limit one look longer, and never shorter. A look
 * that comes late adds no more than two intervals, because the process itself had stopped, and what the
 * other side said meanwhile has not been read.
 */
export function createKeepalive(now: number): Keepalive {
  let heard = false;
  let lookedAt = now;
  let silentMs = 0;
  let idleMs = 0;
  let asked = false;
  let expecting = false;
  return {
    heard() {
      heard = true;
    },
    look(at, busy) {
      const passedMs = Math.min(at - lookedAt, 2 * LOOK_MS);
      lookedAt = at;
      if (heard) {
        heard = false;
        asked = false;
        expecting = busy;
        silentMs = 0;
        idleMs = 0;
        return { finding: 'fine', ping: false };
      }
      idleMs += passedMs;
      silentMs = expecting ? silentMs + passedMs : 0;
      const ping = busy ? idleMs >= PING_BUSY_MS : !asked && idleMs >= PING_IDLE_MS;
      if (ping) asked = true;
      expecting = busy || asked;
      if (silentMs >= DEAD_MS) return { finding: 'dead', ping: false };
      return { finding: silentMs >= SUSPECT_MS ? 'suspect' : 'fine', ping };
    },
  };
}
