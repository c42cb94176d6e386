import { type Fields, text, whole } from './input.ts';
import { Problem } from './problem.ts';

/** What can be made to go wrong with a request that moves money. */
export const FAULT_KINDS = [
  /** The answer comes late, by `ms`. */
  'latency',
  /** The charge is declined. */
  'decline',
  /** The connection is cut before anything is done; also for look-ups. */
  'down',
  /** 500 before anything is done. */
  'error',
  /** The connection is cut before anything is done. */
  'lost-request',
  /** Done and kept, then the connection is cut. */
  'timeout-after-success',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that hits the next `count` requests. */
export interface Fault {
  readonly kind: FaultKind;
  readonly count: number;
  readonly ms: number;
}

/** Reads a fault as the API takes it. @throws {Problem} 400. */
export function parseFault(fields: Fields): Fault {
  const kind = FAULT_KINDS.find((known) => known === text(fields, 'kind'));
  if (!kind) {
    throw new Problem(400, 'invalid_field', `kind is one of ${FAULT_KINDS.join(', ')}.`);
  }
  const count = fields.count === undefined ? 1 : whole(fields, 'count');
  return { kind, count, ms: fields.ms === undefined ? 0 : whole(fields, 'ms') };
}

/** The faults that are switched on. Each request that one hits uses one of its count up. */
export function createFaults() {
  const active = new Map<FaultKind, { count: number; ms: number }>();
  return {
    add(fault: Fault): void {
      active.set(fault.kind, { count: fault.count, ms: fault.ms });
    },
    clear(): void {
      active.clear();
    },
    /** Whether a fault of this kind hits now, and how. */
    take(kind: FaultKind): { readonly ms: number } | undefined {
      const fault = active.get(kind);
      if (!fault) return undefined;
      fault.count -= 1;
      if (fault.count <= 0) active.delete(kind);
      return { ms: fault.ms };
    },
  };
}

/** The switches of one sandbox. */
export type Faults = ReturnType<typeof createFaults>;
