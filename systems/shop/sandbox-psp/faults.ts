import { createHash } from 'node:crypto';
import type { Fields } from './input.ts';
import { Problem } from './problem.ts';

/** What can be made to go wrong. */
export const FAULT_KINDS = [
  /** The answer to a request that moves money comes late, by `ms`. */
  'latency',
  /** The charge is declined. */
  'decline',
  /** The connection is cut before anything is done; also for look-ups and tokens. */
  'down',
  /** 500 to a request that moves money, before anything is done. */
  'error',
  /** The connection is cut before anything that moves money is done. */
  'lost-request',
  /** Done and kept, then the connection is cut. */
  'timeout-after-success',
  /** The event is sent twice. */
  'webhook-duplicate',
  /** The event arrives before the answer to the request that caused it. */
  'webhook-early',
  /** The event is sent `ms` later. */
  'webhook-late',
  /** The event is held back until a later one has arrived, for `ms` at most. */
  'webhook-reordered',
  /** Another event comes before the real one, signed with a key that is not ours. */
  'webhook-forged',
  /** The event is sent again `ms` later as it was recorded: same id, same time, same signature. */
  'webhook-replayed',
  /** The event is never sent. */
  'webhook-lost',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What goes wrong, and how often. Conditions add up; a fault without any hits once. */
export interface Fault {
  readonly kind: FaultKind;
  /** Hits so many times, then never again. */
  readonly count?: number;
  /** Hits with this probability, more than 0 and at most 1. */
  readonly rate?: number;
  /** Hits only what concerns cards that end in these four digits. */
  readonly card?: string;
  /** For `latency`, `late`, `reordered` and `replayed`. */
  readonly ms: number;
}

/** The faults of a sandbox as its operator sets them. */
export interface FaultPlan {
  /** The same seed and the same order of requests give the same faults. */
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** `ms` where none is given: noticeable, and for a replay longer than events are accepted for. */
const DEFAULT_MS: Partial<Record<FaultKind, number>> = {
  latency: 3_000,
  'webhook-late': 10_000,
  'webhook-reordered': 5_000,
  'webhook-replayed': 6 * 60_000,
};
/** More are a mistake. */
const FAULTS_MAX = 50;
/** A day: nothing is held back for longer. */
const MS_MAX = 86_400_000;

/** Reads what `PUT /faults` takes. @throws {Problem} 400. */
export function parseFaultPlan(fields: Fields): FaultPlan {
  const { seed = 1, faults = [] } = fields;
  if (!Number.isSafeInteger(seed)) throw invalid('seed is a whole number.');
  if (!Array.isArray(faults) || faults.length > FAULTS_MAX) {
    throw invalid(`faults is a list of at most ${FAULTS_MAX}.`);
  }
  return { seed: Number(seed), faults: faults.map(parseFault) };
}

function parseFault(given: unknown): Fault {
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Fields;
  const kind = FAULT_KINDS.find((each) => each === fields.kind);
  if (!kind) throw invalid(`kind is one of ${FAULT_KINDS.join(', ')}.`);
  const { count, rate, card, ms = DEFAULT_MS[kind] ?? 0 } = fields;
  if (count !== undefined && !(Number.isSafeInteger(count) && Number(count) >= 1)) {
    throw invalid('count is a whole number from 1.');
  }
  if (rate !== undefined && !(typeof rate === 'number' && rate > 0 && rate <= 1)) {
    throw invalid('rate is a number above 0 and up to 1.');
  }
  if (card !== undefined && !(typeof card === 'string' && /^\d{4}$/.test(card))) {
    throw invalid("card is a card's last four digits.");
  }
  if (!(Number.isSafeInteger(ms) && Number(ms) >= 0 && Number(ms) <= MS_MAX)) {
    throw invalid(`ms is a whole number from 0 to ${MS_MAX}.`);
  }
  const always = count === undefined && rate === undefined && card === undefined;
  return {
    kind,
    ms: Number(ms),
    ...(always ? { count: 1 } : {}),
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(rate === undefined ? {} : { rate }),
    ...(card === undefined ? {} : { card }),
  };
}

function invalid(message: string): Problem {
  return new Problem(400, 'invalid_field', message);
}

/** The faults that are switched on, and whether one of them hits. */
export function createFaults() {
  let seed = 1;
  let active: { readonly fault: Fault; chances: number; hits: number }[] = [];
  return {
    /** Puts `plan` in the place of what was switched on. */
    set(plan: FaultPlan): void {
      ({ seed } = plan);
      active = plan.faults.map((fault) => ({ fault, chances: 0, hits: 0 }));
    },
    /** What is switched on, with how often each had a chance and how often it hit. */
    show: () => ({
      seed,
      faults: active.map(({ fault, chances, hits }) => ({ ...fault, chances, hits })),
    }),
    /** Whether a fault of this kind hits now what concerns the card ending in `last4`. */
    take(kind: FaultKind, last4: string | undefined): { readonly ms: number } | undefined {
      for (const [index, entry] of active.entries()) {
        const { fault } = entry;
        if (fault.kind !== kind) continue;
        if (fault.card !== undefined && fault.card !== last4) continue;
        if (fault.count !== undefined && entry.hits >= fault.count) continue;
        entry.chances += 1;
        if (fault.rate !== undefined && draw(`${seed} ${index} ${entry.chances}`) >= fault.rate) {
          continue;
        }
        entry.hits += 1;
        return { ms: fault.ms };
      }
      return undefined;
    },
  };
}

/** From 0 to below 1; the same for the same text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

/** The switches of one sandbox. */
export type Faults = ReturnType<typeof createFaults>;
