import type { Clock } from '@portico/host';
import type { ControlCentre } from './control.ts';
import type { Fleet } from './fleet.ts';

/** Replicas on their way out, each step in its time. */
export interface Drains {
  /** Takes a replica out of the next table. */
  begin(name: string): void;
  /** A table was published: from its generation on callers know of all that drain. */
  published(generation: number): void;
  /** Tells those whose callers know to end, and kills those that do not. Called at each look. */
  look(): void;
  forget(name: string): void;
}

/** Callers that have not acknowledged by then are gone themselves, or will be refused and try again. */
const ACKNOWLEDGED_WITHIN_MS = 2_000;
/** What in-flight work gets, and the flushing behind it. */
const END_WITHIN_MS = 35_000;
/** Within it whoever dials a place where nobody was has dialled it again (wire: redial). */
const FOUND_ELSEWHERE_MS = 3_000;

interface Drain {
  /** The table that callers learn of it by, and when it was published. */
  generation?: number;
  publishedAt?: number;
  toldAt?: number;
  killed?: boolean;
}

/** What drains work with. */
export interface DrainsOptions {
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly control: ControlCentre;
  /** Callers on other machines acknowledge nothing: they find those who take over by dialling. */
  readonly isCalledFromElsewhere: boolean;
}

/** Follows every draining replica: first no caller uses it, then it is told, and at last it is killed. */
export function createDrains(options: DrainsOptions): Drains {
  const { clock, fleet, control } = options;
  const drains = new Map<string, Drain>();
  const isKnownToCallers = (generation: number) =>
    fleet.replicas.every(({ name, health }) => {
      const held = control.heldBy(name);
      // One that is starting has no table yet; one that serves and has not asked holds an unknown one.
      if (!held) return health.phase === 'starting' || drains.has(name);
      return drains.has(name) || held.generation >= generation;
    });
  /** Whether callers on other machines may still be looking for those who take its place. */
  const isNeededElsewhere = (name: string, publishedAt: number): boolean => {
    if (!options.isCalledFromElsewhere) return false;
    const group = fleet.replicas.find((one) => one.name === name)?.group ?? '';
    const hasOthers = fleet.of(group).some(({ ending }) => !ending);
    return hasOthers && clock.monotonic() - publishedAt < FOUND_ELSEWHERE_MS;
  };
  return {
    begin(name) {
      if (drains.has(name)) return;
      fleet.drain(name);
      drains.set(name, {});
    },
    published(generation) {
      for (const drain of drains.values()) {
        drain.generation ??= generation;
        drain.publishedAt ??= clock.monotonic();
      }
    },
    look() {
      const now = clock.monotonic();
      for (const [name, drain] of drains) {
        if (drain.toldAt === undefined) {
          const { generation, publishedAt } = drain;
          // Not published yet: nobody could know, however long it takes.
          if (generation === undefined || publishedAt === undefined) continue;
          const isLate = now - publishedAt >= ACKNOWLEDGED_WITHIN_MS;
          if (!isLate && !isKnownToCallers(generation)) continue;
          if (isNeededElsewhere(name, publishedAt)) continue;
          drain.toldAt = now;
          fleet.end(name);
        } else if (now - drain.toldAt > END_WITHIN_MS && !drain.killed) {
          drain.killed = true;
          fleet.kill(name, 'it did not end within 35 s');
        }
      }
    },
    forget: (name) => void drains.delete(name),
  };
}
