import { parseArgs } from 'node:util';
import { readAuthorityKeys } from '@portico/system/processes';
import type { Command } from './command.ts';
import { DIRECTORY } from './installation.ts';
import { show } from './operator-arguments.ts';

/** `portico authority`: what other machines know this one by. */
export const authority: Command = {
  usage: 'authority [--directory .portico]',
  summary:
    "Prints the public key of this machine's authority, which other machines keep as authorities/MACHINE.json beside their certificates; makes its keys where there are none.",
  async run(parameters) {
    const { values } = parseArgs({
      args: [...parameters],
      options: { directory: { type: 'string', default: DIRECTORY } },
    });
    show(readAuthorityKeys(values.directory).publicKey);
    return 0;
  },
};
