import { Failure } from '@portico/contract';
import type { Host } from '@portico/host';
import type { Service } from '@portico/service';
import type { Draw } from './draw.ts';
import type { Faults } from './faults.ts';
import type { Incarnation } from './incarnation.ts';
import type { Knobs } from './knobs.ts';
import { wait } from './network.ts';

/** What runs in a simulation: a `System` is one of these. */
export interface SimulatedSystem {
  readonly name: string;
  /**
   * The services; or what makes them for each process that starts, where they need something from
   * outside of the system, as a payment provider is.
   */
  readonly services: readonly Service[] | ((outside: Outside) => readonly Service[]);
  /** By service. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The way from a process to what is outside of the system. */
export interface Outside {
  /** The machine that the process runs on. */
  readonly host: Host;
  /**
   * Runs `work` out there, after some time.
   * @throws {Failure} `UNAVAILABLE` when the request or the answer was lost, and what `work` throws. A
   * process that dies meanwhile gets neither.
   */
  call<T>(work: () => T | Promise<T>): Promise<T>;
}

/** What calls to the outside have to do with. */
export interface OutsideOptions {
  /** Virtual time. */
  readonly world: Host;
  readonly draw: Draw;
  readonly knobs: Knobs;
  /** What is on at the moment. */
  readonly active: () => Faults;
  readonly incarnation: Incarnation;
}

/** The services of a process that starts. */
export function servicesOf(
  { services }: SimulatedSystem,
  options: OutsideOptions,
): readonly Service[] {
  return typeof services === 'function' ? services(createOutside(options)) : services;
}

function createOutside({ world, draw, knobs, active, incarnation }: OutsideOptions): Outside {
  const travel = () => wait(world, draw.int(0, knobs.networkMs));
  const call = async <T>(work: () => T | Promise<T>): Promise<T> => {
    const { lostRequestChance = 0, lostReplyChance = 0 } = active();
    await travel();
    // Sent is sent: the death of the caller stops nothing that is on its way.
    if (draw.chance(lostRequestChance)) throw lost();
    const value = await work();
    await travel();
    if (draw.chance(lostReplyChance)) throw lost();
    return value;
  };
  return {
    host: incarnation.host,
    call: (work) => untilDeath(incarnation, call(work)),
  };
}

/** Settles as `work` does, unless the process has died by then. */
function untilDeath<T>(incarnation: Incarnation, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(
      (value) => incarnation.alive && resolve(value),
      (error) => incarnation.alive && reject(error),
    );
  });
}

function lost(): Failure {
  return new Failure('UNAVAILABLE', 'unavailable', 'No answer came from outside.');
}
