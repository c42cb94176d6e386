import type { Host, Timer } from '@portico/host';
import {
  FAULT_FOR_MAX_MS,
  type FaultName,
  type FaultSettings,
  parseFaultSettings,
} from './catalogue.ts';

/** A fault that is on. */
export interface ActiveFault<Name extends FaultName = FaultName> {
  readonly name: Name;
  readonly settings: FaultSettings<Name>;
  /** Unix time in ms at which it ends by itself. */
  readonly endsAt: number;
  /** Aborted when it ends: whatever waits because of it goes on. */
  readonly ended: AbortSignal;
  /** How often it has hit. */
  hits: number;
  /** Of `events.poison`: the consumer and the id of the event that always fails. */
  poisoned?: string;
}

/** Hears of every fault, to do what takes a process: `stop` undoes it. */
export type FaultEffect = (fault: ActiveFault) => (() => void) | undefined;

/** The faults of one process: off unless somebody has switched them on, and then for a while. */
export interface Switches {
  /** Puts a fault in the place of one of the same name. @throws {Error} for settings that are none. */
  on(name: FaultName, settings: unknown, forMs: number): ActiveFault;
  off(name: FaultName): void;
  list(): readonly ActiveFault[];
  find<Name extends FaultName>(name: Name): ActiveFault<Name> | undefined;
  /** The fault when it hits now what `concerns` tells it could; counted. */
  take<Name extends FaultName>(
    name: Name,
    concerns?: (settings: FaultSettings<Name>) => boolean,
  ): ActiveFault<Name> | undefined;
}

/** Switches on the time and the chance of `host`. */
export function createSwitches(
  host: Pick<Host, 'clock' | 'timers' | 'random'>,
  effects: readonly FaultEffect[] = [],
): Switches {
  const active = new Map<FaultName, { fault: ActiveFault; end: () => void }>();
  const switches: Switches = {
    on(name, given, forMs) {
      const settings = parseFaultSettings(name, given);
      if (!(forMs > 0 && forMs <= FAULT_FOR_MAX_MS)) {
        throw new Error(`A fault lasts ${FAULT_FOR_MAX_MS / 60_000}m at most.`);
      }
      switches.off(name);
      const over = new AbortController();
      const endsAt = host.clock.now() + forMs;
      const fault: ActiveFault = { name, settings, endsAt, ended: over.signal, hits: 0 };
      const undo = effects.map((effect) => effect(fault));
      const timer: Timer = host.timers.after(forMs, () => switches.off(name), { background: true });
      active.set(name, {
        fault,
        end() {
          timer.cancel();
          over.abort();
          for (const stop of undo) stop?.();
        },
      });
      return fault;
    },
    off(name) {
      active.get(name)?.end();
      active.delete(name);
    },
    list: () => [...active.values()].map(({ fault }) => fault),
    // A name leads to the settings of that name: `on` has parsed them.
    find: (name) => active.get(name)?.fault as never,
    take(name, concerns = () => true) {
      const fault = switches.find(name);
      if (!fault || !concerns(fault.settings)) return undefined;
      const { rate = 1, count = Number.POSITIVE_INFINITY } = fault.settings as {
        rate?: number | undefined;
        count?: number | undefined;
      };
      if (fault.hits >= count || host.random.float() >= rate) return undefined;
      fault.hits += 1;
      return fault;
    },
  };
  return switches;
}
