import type { DatabaseSync } from 'node:sqlite';
import type { Host } from '@portico/host';
import { createRuntime, type PlacedService, parseConfigs, type Runtime } from '@portico/runtime';
import type { Logger, Service } from '@portico/service';
import type { OpenStore } from '@portico/store/spi';
import { createSqliteDriver } from '@portico/store-sqlite';
import { toSqlStore } from './data-folder.ts';
import { type Pause, withDelays } from './delayed-store.ts';
import type { Draw } from './draw.ts';
import { createIncarnation, type Incarnation, type Machine } from './incarnation.ts';
import type { Knobs } from './knobs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { openWatchedDatabase, type StatementWatcher } from './watched-database.ts';

/** A node of a simulation: a machine, and the process that runs on it now, if one does. */
export interface SimulatedNode {
  readonly name: string;
  readonly machine: Machine;
  /** The process, from its start to its death. */
  readonly incarnation: Incarnation | undefined;
  /** Where it serves; `undefined` while it starts or is down. */
  readonly runtime: Runtime | undefined;
  /** Why the last starts failed, and how many did in a row. */
  readonly failedStarts: { readonly count: number; readonly problem: unknown };
  /** Starts a process, unless one runs. Tries again by itself when the start fails. */
  start(): void;
  /** Kills the process: nothing of it runs on, its open transactions vanish. It starts again by itself. */
  crash(why: string): void;
  /** Kills the process for good. */
  stop(): void;
}

/** What a node is made of. */
export interface NodeOptions {
  readonly name: string;
  readonly system: string;
  readonly world: Host;
  readonly draw: Draw;
  readonly knobs: Knobs;
  readonly folder: string;
  /** The services of a process that starts. */
  readonly servicesFor: (incarnation: Incarnation) => readonly Service[];
  /** By service. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly log: Logger;
  /** What happens to the statements of this node. */
  readonly watcher: StatementWatcher;
  readonly note: (what: string) => void;
  readonly bug: PlantedBug | undefined;
}

/** A start that fails is tried again within this time; opening stores is what costs most in a simulation. */
const START_RETRY_MS = 1_500;

/** What a process of a node is, while it lives. */
interface Process {
  readonly incarnation: Incarnation;
  readonly databases: DatabaseSync[];
  runtime: Runtime | undefined;
}

/** A node that is down. */
export function createNode(options: NodeOptions): SimulatedNode {
  const { name, world, draw, knobs, folder, note } = options;
  const offsetMs = knobs.skewMs > 0 ? draw.int(-knobs.skewMs, knobs.skewMs) : 0;
  const machine: Machine = { offsetMs, stalledUntil: 0, latenessMs: knobs.latenessMs };
  let process: Process | undefined;
  let isStopped = false;
  let replacements = 0;
  let failedStarts: SimulatedNode['failedStarts'] = { count: 0, problem: undefined };

  const kill = () => {
    const dying = process;
    process = undefined;
    if (!dying) return;
    dying.incarnation.die();
    // Without COMMIT: SQLite rolls back what is open, as after the death of a process.
    for (const database of dying.databases) if (database.isOpen) database.close();
  };
  const startWithin = (delayMs: number) =>
    world.timers.after(draw.int(1, delayMs), node.start, { background: true });
  const node: SimulatedNode = {
    name,
    machine,
    get incarnation() {
      return process?.incarnation;
    },
    get runtime() {
      return process?.runtime;
    },
    get failedStarts() {
      return failedStarts;
    },
    start() {
      if (process || isStopped) return;
      const incarnation = createIncarnation({ world, machine, draw: draw.fork() });
      const starting: Process = { incarnation, databases: [], runtime: undefined };
      process = starting;
      note('start');
      const replica = replacements === 0 ? name : `${name}.${replacements}`;
      startRuntime(options, starting, replica).then(
        (runtime) => {
          if (!incarnation.alive) return;
          starting.runtime = runtime;
          failedStarts = { count: 0, problem: undefined };
          note('ready');
        },
        (problem) => {
          if (!incarnation.alive) return;
          // The folder's name is the only thing that no seed decides.
          note(`start failed: ${String(problem).replaceAll(folder, '')}`);
          failedStarts = { count: failedStarts.count + 1, problem };
          kill();
          startWithin(START_RETRY_MS);
        },
      );
    },
    crash(why) {
      if (!process) return;
      note(`crash ${why}`);
      kill();
      // Else what the dead one held is free at once, and nobody would ever wait for a lease.
      if (draw.chance(knobs.replacedChance)) replacements += 1;
      startWithin(knobs.restartMs);
    },
    stop() {
      isStopped = true;
      kill();
    },
  };
  return node;
}

async function startRuntime(
  options: NodeOptions,
  { incarnation, databases }: Process,
  replica: string,
): Promise<Runtime> {
  const { system, folder, log, bug } = options;
  const { host } = incarnation;
  const watcher = aliveOnly(incarnation, options.watcher);
  const driver = createSqliteDriver({
    openDatabase(file, how) {
      const database = openWatchedDatabase(file, how, watcher);
      databases.push(database);
      return bug?.database?.(database) ?? database;
    },
  });
  const pauses = createPauses(options, host);
  const services = options.servicesFor(incarnation);
  const configs = parseConfigs(services, options.config);
  const placed: PlacedService[] = [];
  for (const service of services) {
    const definition = toSqlStore(service.name, service.spec.store);
    const location = { service: service.name, dataDirectory: folder, host, log };
    let store: OpenStore | undefined;
    if (definition) {
      const opened = await driver.open(definition, location);
      store = withDelays(bug?.store?.(opened, host) ?? opened, pauses);
    }
    placed.push({ service, store, config: configs[service.name] });
  }
  const { timings } = options.knobs;
  const around = { system, host, log, timings, replica, release: 'simulated' };
  const runtime = createRuntime({ ...around, services: placed });
  await runtime.start();
  return runtime;
}

function createPauses(
  { draw, knobs }: NodeOptions,
  host: Host,
): { readonly around: Pause; readonly statement: Pause | undefined } {
  const own = draw.fork();
  const pause = (chance: number) => () =>
    own.chance(chance) ? host.timers.sleep(own.int(0, knobs.pauseMs)) : undefined;
  const { pauseChance, statementPauseChance } = knobs;
  return {
    around: pause(pauseChance),
    statement: statementPauseChance > 0 ? pause(statementPauseChance) : undefined,
  };
}

/** A statement of a process that is dead. Whoever gets this is dead too. */
class NodeDied extends Error {
  override readonly name = 'NodeDied';
}

/** Statements end where the process does. */
function aliveOnly(incarnation: Incarnation, watcher: StatementWatcher): StatementWatcher {
  const assertAlive = () => {
    if (!incarnation.alive) throw new NodeDied('This process has died.');
  };
  return {
    before(statement) {
      assertAlive();
      watcher.before(statement);
      assertAlive();
    },
    after(statement) {
      watcher.after(statement);
      assertAlive();
    },
  };
}
