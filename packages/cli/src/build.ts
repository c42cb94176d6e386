import { parseArgs } from 'node:util';
import { buildRelease } from '@portico/system';
import { type Command, UsageError } from './command.ts';
import { loadSystem } from './load-system.ts';

/** `portico build`: a system as an immutable release. */
export const build: Command = {
  usage: 'build SYSTEM --to DIRECTORY',
  summary:
    'Makes a release of a system, plain JavaScript that nobody changes any more: what update takes.',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { to: { type: 'string' } },
    });
    // Node calls its type stripping an experiment; what it is warned of is not what this command makes.
    process.removeAllListeners('warning');
    const [module = ''] = positionals;
    const system = await loadSystem(module);
    if (!values.to) throw new UsageError('--to is missing: the directory of the release');
    const { name } = await buildRelease({ system, module, to: values.to });
    console.log(`${name} ${values.to}`);
    return 0;
  },
};
