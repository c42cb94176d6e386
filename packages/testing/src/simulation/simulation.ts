import type { Api } from '@portico/contract';
import { createSimulatedHost, type SimulatedHost } from '@portico/host';
import type { CallAs } from '@portico/runtime';
import type { Client, Logger } from '@portico/service';
import { createRecordedLog, type LogLine } from '../recorded-log.ts';
import {
  createDataFolder,
  createStoreTemplates,
  removeDataFolder,
  type StoreTemplates,
} from './data-folder.ts';
import { createDraw, type Draw } from './draw.ts';
import { createFaultInjector, type TroubledNode } from './fault-injector.ts';
import { drawFaults, type Faults } from './faults.ts';
import { drawKnobs, type Knobs } from './knobs.ts';
import { createNetwork, type SimulatedClientOptions, wait } from './network.ts';
import { createNode, type SimulatedNode } from './node.ts';
import { type Outside, type SimulatedSystem, servicesOf } from './outside.ts';
import type { PlantedBug } from './planted-bug.ts';
import { createStatementFaults, createTrouble } from './statement-faults.ts';
import { createTrace, type Trace } from './trace.ts';

/** What is simulated. */
export interface SimulationOptions {
  /** Decides everything: equal seeds, and equal options, give equal histories. A safe integer. */
  readonly seed: number;
  /** A system, or the services of one. */
  readonly system: SimulatedSystem;
  /** Processes that all run all services, on the same stores. Default: 1 to 3, by the seed. */
  readonly replicas?: number;
  /** What goes wrong. Default: drawn from the seed. `{}` for nothing. */
  readonly faults?: Faults;
  /** How fast things are. What is absent is drawn from the seed. */
  readonly knobs?: Partial<Knobs>;
  /** Migrated stores to be shared by many simulations; saves most of the time of a short one. */
  readonly templates?: StoreTemplates;
  /** A mistake made on purpose, to see that it is found. */
  readonly bug?: PlantedBug;
}

/** Several processes, their stores, their clients and everything that goes wrong, on virtual time. */
export interface Simulation {
  readonly nodes: readonly SimulatedNode[];
  /** Decisions of the workload, from the same seed. */
  readonly draw: Draw;
  /** The true time, and timers that no fault touches. */
  readonly host: SimulatedHost;
  readonly knobs: Knobs;
  readonly faults: Faults;
  readonly trace: Trace;
  /** What the services have logged. */
  readonly logLines: readonly LogLine[];
  /** Calls as somebody, from outside, over a network that may fail. A name calls as the service of that name. */
  client<A extends Api>(api: A, as: CallAs | string, options?: SimulatedClientOptions): Client<A>;
  /**
   * Moves time on until `work` is done.
   * @throws {Error} when it is not done after 30 virtual minutes, and what `work` throws.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves after so much virtual time. Only within `run`. */
  sleep(delayMs: number): Promise<void>;
  /** Starts all nodes; resolves when they serve. Only within `run`. */
  start(): Promise<void>;
  /** From now on things go wrong. */
  beginFaults(): void;
  /** Nothing goes wrong any more; resolves when all nodes serve and none is stalled. Only within `run`. */
  heal(): Promise<void>;
  /** Kills everything and removes the stores. */
  close(): void;
}

/** Beyond this virtual time a simulation is stuck: 30 min are more than all retries of an event. */
const RUN_MAX_MS = 30 * 60_000;
/** How many processes, as often as they stand here. */
const REPLICAS = [1, 1, 2, 2, 3];
/** How often it is looked whether all nodes serve. */
const LOOK_MS = 5;
/** Starts in a row that may fail: those before the healing count too, and others hold the store's lock. */
const FAILED_STARTS_MAX = 1_000;

/** Builds a simulation; nothing runs before `start`. */
export function createSimulation(options: SimulationOptions): Simulation {
  const draw = createDraw(options.seed);
  const host = createSimulatedHost({ seed: draw.seed() });
  const knobs: Knobs = { ...drawKnobs(draw.fork()), ...options.knobs };
  const drawn = drawFaults(draw.fork());
  const replicas = options.replicas ?? draw.pick(REPLICAS);
  const trace = createTrace();
  const log = createRecordedLog();
  const parts: SimulationParts = {
    ...{ options, draw, host, knobs, trace, log: log.logger },
    faults: options.faults ?? drawn,
    folder: createDataFolder(),
    noteOn: (node) => (what) => trace.note(host.clock.monotonic(), node, what),
    active: () => injector.active,
  };
  const troubled = Array.from({ length: replicas }, (_, index) =>
    createTroubledNode(parts, `node-${index + 1}`),
  );
  const nodes = troubled.map(({ node }) => node);
  const { faults, folder, active, noteOn } = parts;
  const around = { world: host, knobs, faults, note: noteOn('') };
  const injector = createFaultInjector({ ...around, draw: draw.fork(), nodes: troubled });
  const { bug } = options;
  const network = createNetwork({ ...around, draw: draw.fork(), faults: active, nodes, bug });
  const serving = async () => {
    for (const node of nodes) node.start();
    while (nodes.some(({ runtime }) => runtime === undefined)) {
      for (const node of nodes) assertStarts(node);
      await wait(host, LOOK_MS);
    }
  };
  return {
    ...{ nodes, draw: draw.fork(), host, knobs, faults, trace, logLines: log.lines },
    client: network.client,
    run: (work) => drive(host, work),
    sleep: (delayMs) => wait(host, delayMs),
    async start() {
      await copyTemplates(parts);
      await serving();
    },
    beginFaults: injector.begin,
    async heal() {
      injector.end();
      const stallMs = nodes.map(({ machine }) => machine.stalledUntil - host.clock.monotonic());
      await wait(host, Math.max(0, ...stallMs));
      await serving();
    },
    close() {
      for (const node of nodes) node.stop();
      removeDataFolder(folder);
    },
  };
}

/** Where nothing goes wrong a start must not fail again and again: then it is the system that is wrong. */
function assertStarts({ name, failedStarts: { count, problem } }: SimulatedNode): void {
  if (count < FAILED_STARTS_MAX) return;
  const reason = problem instanceof Error ? problem.message : String(problem);
  throw new Error(`${name} does not start: ${reason}`, { cause: problem });
}

interface SimulationParts {
  readonly options: SimulationOptions;
  readonly draw: Draw;
  readonly host: SimulatedHost;
  readonly knobs: Knobs;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly log: Logger;
  readonly folder: string;
  readonly noteOn: (node: string) => (what: string) => void;
  /** The faults that are on now. */
  readonly active: () => Faults;
}

function createTroubledNode(parts: SimulationParts, name: string): TroubledNode {
  const { options, draw, host, knobs, folder, log, noteOn, active } = parts;
  const { name: system, config = {} } = options.system;
  const trouble = createTrouble();
  const note = noteOn(name);
  const own = draw.fork();
  const outside = own.fork();
  const around = { world: host, draw: own, knobs, note };
  const node = createNode({
    ...around,
    ...{ name, system, config, folder, log, bug: options.bug },
    servicesFor: (incarnation) =>
      servicesOf(options.system, { world: host, draw: outside, knobs, active, incarnation }),
    watcher: createStatementFaults({
      ...{ trouble, draw: own.fork(), time: host.clock.monotonic, note },
      // Opening waits for locks by itself, for longer than others hold them.
      faults: () => (node.runtime ? active() : { ...active(), busyChance: 0 }),
      crash: (why) => node.crash(why),
    }),
  });
  return { node, trouble };
}

/** Stores are made before anything runs: their migrations belong to no seed. */
async function copyTemplates({ options, folder, host }: SimulationParts): Promise<void> {
  const { templates = createStoreTemplates(), system } = options;
  const nowhere: Outside = {
    host,
    call: () => Promise.reject(new Error('Nothing is outside before the start.')),
  };
  const { services } = system;
  const listed = typeof services === 'function' ? services(nowhere) : services;
  for (const service of listed) await templates.copyInto(folder, service);
}

/** Moves time on until `work` is done; an end is set to it, so that what never ends is noticed. */
async function drive<T>(host: SimulatedHost, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const end = host.timers.after(RUN_MAX_MS, () => {});
  const done = work().finally(() => {
    isOver = true;
    end.cancel();
  });
  // What it fails with is told below; meanwhile it is not unheard.
  done.catch(() => {});
  await host.runUntilIdle();
  if (!isOver) {
    throw new Error(
      `Not done after ${RUN_MAX_MS / 60_000} virtual minutes: something waits for ever.`,
    );
  }
  return await done;
}
