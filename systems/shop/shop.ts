// `npm run shop -- COMMAND`: fills, loads, checks and disturbs a shop that runs (`npm start`), and shows
// its mail. Every command is a client of the shop, or reads its files.
import { CHECK_USAGE, check } from './check/command.ts';
import { FAULT_USAGE, fault } from './faults/command.ts';
import { LOAD_USAGE, load } from './load/command.ts';
import { MAILBOX_USAGE, mailbox } from './mailbox.ts';
import { SEED_USAGE, seed } from './seed/command.ts';

const commands: Readonly<
  Record<string, { readonly usage: string; run(parameters: readonly string[]): Promise<number> }>
> = {
  seed: { usage: SEED_USAGE, run: seed },
  load: { usage: LOAD_USAGE, run: load },
  check: { usage: CHECK_USAGE, run: check },
  fault: { usage: FAULT_USAGE, run: fault },
  mailbox: { usage: MAILBOX_USAGE, run: mailbox },
};

/** What a mistake in the command line, or a shop that is not there, ends with. */
const EXIT_MISTAKE = 3;

const [name = '', ...parameters] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command) {
  process.exitCode = await command.run(parameters).catch((problem: unknown) => {
    console.error(`shop ${name}: ${(problem as Error).message}`);
    console.error(`  npm run shop -- ${command.usage}`);
    return EXIT_MISTAKE;
  });
} else {
  const usages = Object.values(commands).map(({ usage }) => `  npm run shop -- ${usage}`);
  console.error(`Say what to do with the shop:\n\n${usages.join('\n')}\n`);
  process.exitCode = EXIT_MISTAKE;
}
