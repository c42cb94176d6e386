import { parseArgs } from 'node:util';
import { readTopology, type System, startSystem, type Topology } from '@portico/system';
import type { Origins } from '@portico/system/processes';
import { type Command, UsageError } from './command.ts';
import { DIRECTORY } from './installation.ts';
import { loadSystem } from './load-system.ts';
import { runUntilSignal } from './run-until-signal.ts';

/** `portico start`: a system in this process or, with a supervisor, in several, until a signal ends it. */
export const start: Command = {
  usage: 'start SYSTEM --topology FILE [--machine NAME] [--detach] [--directory .portico]',
  summary:
    'Starts a system as its topology says and runs it until a signal; a second one ends it at once. With --machine, the part that the topology places there; with --detach, several processes run on alone (see stop).',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        topology: { type: 'string' },
        machine: { type: 'string' },
        directory: { type: 'string', default: DIRECTORY },
        detach: { type: 'boolean', default: false },
      },
    });
    const [module = ''] = positionals;
    const system = await loadSystem(module);
    if (!values.topology) throw new UsageError('--topology is missing');
    const topology = readTopology(values.topology);
    const { directory, detach, machine } = values;
    if (topology.supervisor !== false)
      return startAll({ system, module, topology, directory, detach, machine });
    if (machine !== undefined)
      throw new UsageError('--machine needs a topology with machines and a supervisor');
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
  readonly machine: string | undefined;
}

/** Everything of this machine in processes of their own; this one waits for them, or leaves them. */
async function startAll(options: SupervisedStart): Promise<number> {
  const { system, module, topology, directory, detach, machine } = options;
  const { endAtOnce, startMachine } = await import('@portico/system/processes');
  const begin = async () => {
    const running = await startMachine(system, { module, topology, directory, machine });
    if (running.origins) tellOrigins(system, running.origins);
    else console.error(`${system.name}: runs on machine ${machine}, which has no gateway`);
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

function tellOrigins({ name }: System, origins: Origins): void {
  console.error(`${name}: public ${origins.public}, admin ${origins.admin}`);
}
