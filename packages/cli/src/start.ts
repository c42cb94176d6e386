import { parseArgs } from 'node:util';
import { readTopology, startSystem } from '@portico/system';
import { type Command, UsageError } from './command.ts';
import { loadSystem } from './load-system.ts';

/** `portico start`: a system in this process, until a signal ends it. */
export const start: Command = {
  usage: 'start SYSTEM --topology FILE [--directory .portico]',
  summary: 'Starts a system as its topology says and runs it until SIGINT or SIGTERM.',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { topology: { type: 'string' }, directory: { type: 'string' } },
    });
    const system = await loadSystem(positionals[0]);
    if (!values.topology) throw new UsageError('--topology is missing');
    const topology = readTopology(values.topology);
    const directory = values.directory ?? '.portico';
    const running = await startSystem(system, { topology, directory });
    console.error(
      `${system.name}: public ${running.origins.public}, admin ${running.origins.admin}`,
    );
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    console.error(`${system.name}: draining`);
    await running.stop();
    return 0;
  },
};
