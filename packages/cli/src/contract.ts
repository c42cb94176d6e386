import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toContractJson } from '@portico/contract';
import type { Command } from './command.ts';
import { loadSystem } from './load-system.ts';

/** Where baselines live beside a system, one file per API. */
export const BASELINE_DIRECTORY = 'baseline';

/** `portico contract`: writes the contracts of a system as data. */
export const contract: Command = {
  usage: `contract SYSTEM [--to DIRECTORY]`,
  summary:
    'Writes <api>.contract.json for every API: the baseline that "portico check" compares with.',
  async run(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: { to: { type: 'string' } },
    });
    const system = await loadSystem(positionals[0]);
    const directory = values.to ?? join(positionals[0] ?? '', '..', BASELINE_DIRECTORY);
    mkdirSync(directory, { recursive: true });
    for (const api of system.apis) {
      const file = join(directory, `${api.name}.contract.json`);
      writeFileSync(file, `${JSON.stringify(toContractJson(api), null, 2)}\n`);
      console.log(file);
    }
    return 0;
  },
};
