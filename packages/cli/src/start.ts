import { parseArgs } from 'node:util';
import {
  endAtOnce,
  readTopology,
  type SupervisedSystem,
  type System,
  startSupervised,
  startSystem,
  type Topology,
} from '@portico/system';
import { type Command, UsageError } from './command.ts';
import { DIRECTORY } from './installation.ts';
import { loadSystem } from './load-system.ts';
import { runUntilSignal } from './run-until-signal.ts';

/** `portico start`: a system in this process or, with a supervisor, in several, until a signal ends it. */
export const start: Command = {
  usage: 'start SYSTEM --topology FILE [--detach] [--directory .portico]',
  summary:
    'Starts a system as its topology says and runs it until a signal; a second one ends it at once. With --detach, several processes run on alone (see stop).',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        topology: { type: 'string' },
        directory: { type: 'string', default: DIRECTORY },
        detach: { type: 'boolean', default: false },
      },
    });
    const [module = ''] = positionals;
    const system = await loadSystem(module);
    if (!values.topology) throw new UsageError('--topology is missing');
    const topology = readTopology(values.topology);
    const { directory, detach } = values;
    if (topology.supervisor !== false)
      return startAll({ system, module, topology, directory, detach });
    if (detach) throw new UsageError('--detach needs a topology with a supervisor');
    await runUntilSignal(system.name, async () => {
      const running = await startSystem(system, { topology, directory });
      tellOrigins(system, running.origins);
      return running;
    });
    return 0;
  },
};

interface SupervisedStart {
  readonly system: System;
  readonly module: string;
  readonly topology: Topology;
  readonly directory: string;
  readonly detach: boolean;
}

/** Everything in processes of their own; this one waits for them, or leaves them. */
async function startAll(options: SupervisedStart): Promise<number> {
  const { system, module, topology, directory, detach } = options;
  const begin = async () => {
    const running = await startSupervised(system, { module, topology, directory });
    tellOrigins(system, running.origins);
    return running;
  };
  if (detach) {
    const running = await begin();
    await running.leave();
    console.error(`${system.name}: runs on. portico processes shows it, portico stop ends it.`);
    return 0;
  }
  await runUntilSignal(system.name, begin, () => endAtOnce(directory));
  return 0;
}

function tellOrigins({ name }: System, origins: SupervisedSystem['origins']): void {
  console.error(`${name}: public ${origins.public}, admin ${origins.admin}`);
}
